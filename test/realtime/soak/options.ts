import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { KINDS } from './plan.ts';

export interface SoakOptions {
  readonly seed: number;
  /** Of the clock on the wall. */
  readonly minutes: number;
  /** Market seconds per second. */
  readonly speed: number;
  /** Messages of the exchange per second of the clock on the wall that are aimed at. */
  readonly messages: number;
  /** What may happen. */
  readonly kinds: readonly string[];
  /** File for the results. */
  readonly json?: string;
  /** Print the beginning of the plan and do nothing. */
  readonly plan: boolean;
}

const MAX_SEED = 2 ** 31;

/** `--seed` wins over AEGIS_SOAK_SEED; without both any seed is taken. @throws Error for what cannot be understood */
export function soakOptions(args: readonly string[], env: NodeJS.ProcessEnv): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      speed: { type: 'string', default: '12' },
      messages: { type: 'string', default: '5000' },
      kinds: { type: 'string' },
      json: { type: 'string' },
      plan: { type: 'boolean', default: false },
    },
  });
  const { seed = env.AEGIS_SOAK_SEED, minutes, speed, messages, kinds, json, plan } = values;
  return {
    seed: seed === undefined ? randomInt(MAX_SEED) : above0('--seed', seed),
    minutes: above0('--minutes', minutes),
    speed: above0('--speed', speed),
    messages: above0('--messages', messages),
    kinds: kinds === undefined ? KINDS : kinds.split(',').map(kindOf),
    plan,
    ...(json === undefined ? {} : { json }),
  };
}

function kindOf(word: string): string {
  if (!KINDS.includes(word)) throw new Error(`--kinds: ${word} is none of ${KINDS.join(', ')}`);
  return word;
}

function above0(option: string, text: string): number {
  if (!/^\d{1,10}(\.\d+)?$/.test(text) || Number(text) === 0)
    throw new Error(`${option}: ${text} is no number above 0`);
  return Number(text);
}
