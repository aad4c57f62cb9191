/** One measured figure with its spread. */
export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
  /** What was measured, in a few words. */
  readonly note: string;
}

export function resultOf(name: string, unit: string, note: string, values: readonly number[]): BenchResult {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
  return { name, unit, note, min: at(0), median, max: at(sorted.length - 1), runs: sorted.length };
}
