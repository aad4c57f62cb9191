import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CHAOS_KINDS, type ChaosKind } from './schedule.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly kills: number;
  readonly kinds: readonly ChaosKind[];
  readonly kindsGiven: boolean;
  /** Of all runs of the schedule play this one. */
  readonly only?: number;
  /** File for the results. */
  readonly json?: string;
  /** Print the schedule and do nothing. */
  readonly plan: boolean;
}

const MAX_SEED = 2 ** 31;
const DEFAULT_KILLS = 100;

/** `--seed` wins over AEGIS_CHAOS_SEED; without both any seed is taken. @throws Error for what cannot be understood */
export function chaosOptions(args: readonly string[], env: NodeJS.ProcessEnv): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      kills: { type: 'string' },
      kinds: { type: 'string' },
      run: { type: 'string' },
      json: { type: 'string' },
      plan: { type: 'boolean', default: false },
    },
  });
  const { seed = env.AEGIS_CHAOS_SEED, kills, kinds, run, json, plan } = values;
  return {
    seed: seed === undefined ? randomInt(MAX_SEED) : wholeNumber('--seed', seed),
    kills: kills === undefined ? DEFAULT_KILLS : wholeNumber('--kills', kills),
    kinds: kinds === undefined ? CHAOS_KINDS : kinds.split(',').map(kindOf),
    kindsGiven: kinds !== undefined,
    plan,
    ...(run === undefined ? {} : { only: wholeNumber('--run', run) }),
    ...(json === undefined ? {} : { json }),
  };
}

function kindOf(word: string): ChaosKind {
  const kind = CHAOS_KINDS.find((each) => each === word);
  if (kind === undefined) throw new Error(`--kinds: ${word} is none of ${CHAOS_KINDS.join(', ')}`);
  return kind;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${option}: ${text} is not a whole number`);
  return Number(text);
}
