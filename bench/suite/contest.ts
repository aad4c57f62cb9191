import { messageOf } from '../../src/model/errors.ts';
import type { ProcessFigures } from '../path/watch-processes.ts';
import { type BenchResult, type ProcessResult, resultOf, spreadOf } from '../result.ts';
import type { Skipped } from './block.ts';

/** One run of one contestant. */
export interface Sample {
  /** In the contestant's unit. */
  readonly value: number;
  /** That went through; for CPU time per row. */
  readonly rows: number;
  readonly processes: readonly ProcessFigures[];
  /** Share of the machine that others used, 0 to 1; missing where it cannot be told from the own. */
  readonly foreign?: number;
}

export interface Contestant {
  readonly name: string;
  readonly unit: string;
  readonly note: string;
  /** Names of those to which its ratio is told. */
  readonly against?: readonly string[];
  readonly run: () => Promise<Sample>;
}

export interface ContestOptions {
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  readonly tell: (text: string) => void;
}

export interface ContestOutcome {
  readonly results: readonly BenchResult[];
  readonly failed: readonly Skipped[];
}

/** A run meets more foreign load than this: the result is marked. */
export const BUSY = 0.05;

const ROWS_PER_MILLION = 1e6;

/**
 * Runs each contestant once per round, in turn, so that all meet the same machine. A ratio is that of one round; its median
 * is over the rounds.
 */
export async function runContest({ contestants, rounds, tell }: ContestOptions): Promise<ContestOutcome> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  const failed: Skipped[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const { name, unit, run } of contestants) {
      const own = samples.get(name);
      if (own === undefined) continue;
      let sample: Sample;
      try {
        sample = await run();
      } catch (error) {
        // The others are measured all the same.
        samples.delete(name);
        failed.push({ name, reason: messageOf(error) });
        tell(`round ${round} of ${rounds}  ${name} failed: ${messageOf(error)}`);
        continue;
      }
      own.push(sample);
      const { foreign = 0 } = sample;
      const busy = foreign > BUSY ? `, others used ${Math.round(100 * foreign)} % of the machine` : '';
      tell(`round ${round} of ${rounds}  ${name.padEnd(28)} ${figure(sample.value)} ${unit}${busy}`);
    }
  }
  const whole = contestants.filter(({ name }) => samples.has(name));
  return { results: whole.map((contestant) => resultFor(contestant, samples)), failed };
}

/** Pure: the result of one contestant from the samples of all. */
export function resultFor(contestant: Contestant, samples: ReadonlyMap<string, readonly Sample[]>): BenchResult {
  const { name, unit, note, against = [] } = contestant;
  const own = samples.get(name) ?? [];
  const ratios = against.flatMap((to) => {
    const others = samples.get(to) ?? [];
    if (to === name || others.length !== own.length) return [];
    return [{ to, ...spreadOf(own.map(({ value }, round) => value / (others[round]?.value ?? Number.NaN))) }];
  });
  const foreign = own.flatMap((sample) => sample.foreign ?? []);
  return {
    ...resultOf(
      name,
      unit,
      note,
      own.map(({ value }) => value),
    ),
    ...(ratios.length > 0 ? { ratios } : {}),
    processes: processesOf(own),
    ...(foreign.length > 0 ? { foreign: Math.max(...foreign) } : {}),
  };
}

function processesOf(samples: readonly Sample[]): ProcessResult[] {
  const names = samples[0]?.processes.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const each = samples.flatMap(({ processes, rows }) =>
      processes.filter((figures) => figures.name === name).map(({ cpu, peakMb }) => ({ cpu, peakMb, rows })),
    );
    const perMillion = each.filter(({ rows }) => rows > 0).map(({ cpu, rows }) => (cpu * ROWS_PER_MILLION) / rows);
    return {
      name,
      ...(perMillion.length > 0 ? { cpuPerMillion: spreadOf(perMillion).median } : {}),
      peakMb: spreadOf(each.map(({ peakMb }) => peakMb)).median,
    };
  });
}

/** Three digits, or whole. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Math.abs(value) >= 100_000) return `${(value / 1e6).toFixed(2)} M`;
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
