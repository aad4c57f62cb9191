import { parseArgs } from 'node:util';
import type { Block } from './block.ts';

export interface BenchArgs {
  /** Names of cases; all of them when nothing was chosen. */
  readonly cases: ReadonlySet<string>;
  readonly all: boolean;
  readonly runs: number;
  readonly minutes: number;
  readonly json: boolean;
  readonly write: boolean;
  readonly compare: boolean;
  readonly list: boolean;
}

/** The command line is wrong: its message says how. */
export class UsageError extends Error {}

const DEFAULT_RUNS = 5;
const DEFAULT_MINUTES = 10;

/** `ratioCases`: what `--compare` runs when nothing is chosen. */
export function parseBenchArgs(
  args: readonly string[],
  blocks: readonly Pick<Block, 'name' | 'cases'>[],
  ratioCases: readonly string[],
): BenchArgs {
  const { values, positionals } = parsed(args);
  const words = [...positionals, ...(values.only ?? []).flatMap((text) => text.split(','))].filter(
    (word) => word !== '',
  );
  const all = words.length === 0;
  const compare = values.compare === true;
  const everything = compare ? ratioCases : blocks.flatMap(({ cases }) => cases);
  return {
    cases: new Set(all ? everything : words.flatMap((word) => casesOf(word, blocks))),
    all: all && !compare,
    runs: positive('--runs', values.runs, DEFAULT_RUNS),
    minutes: positive('--minutes', values.minutes, DEFAULT_MINUTES),
    json: values.json === true,
    write: values.write === true,
    compare,
    list: values.list === true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string', multiple: true },
        runs: { type: 'string' },
        minutes: { type: 'string' },
        json: { type: 'boolean' },
        write: { type: 'boolean' },
        compare: { type: 'boolean' },
        list: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A case by its name, or all cases of a block. */
function casesOf(word: string, blocks: readonly Pick<Block, 'name' | 'cases'>[]): readonly string[] {
  const block = blocks.find(({ name }) => name === word);
  if (block !== undefined) return block.cases;
  if (blocks.some(({ cases }) => cases.includes(word))) return [word];
  throw new UsageError(`there is no case ${word}; --list shows them`);
}

function positive(option: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${option} ${text}: a number above 0 is expected`);
}
