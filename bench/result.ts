/** One measured figure with its spread. */
export interface BenchResult extends Spread {
  readonly name: string;
  readonly unit: string;
  readonly runs: number;
  /** What was measured, in a few words. */
  readonly note: string;
  /** To others of the same round; a round is one run of each. */
  readonly ratios?: readonly RatioResult[];
  readonly processes?: readonly ProcessResult[];
  /** The largest share of the machine that others used during a run, 0 to 1. */
  readonly foreign?: number;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface RatioResult extends Spread {
  /** Name of the result by which this one is divided. */
  readonly to: string;
}

/** Medians over the runs. */
export interface ProcessResult {
  readonly name: string;
  /** User and system, s for a million rows; missing where no rows are counted. */
  readonly cpuPerMillion?: number;
  /** The most it had in memory, MB. */
  readonly peakMb: number;
}

export function resultOf(name: string, unit: string, note: string, values: readonly number[]): BenchResult {
  return { name, unit, note, ...spreadOf(values), runs: values.length };
}

/** NaN when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}
