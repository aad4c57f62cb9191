import { table } from '../../src/client/cli/table.ts';
import type { FaultResult } from './run.ts';

export interface KindSummary {
  readonly kind: string;
  readonly n: number;
  /** Recovery, ms. */
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** One line per kind of fault, in the order of their names. */
export function summarize(results: readonly FaultResult[]): KindSummary[] {
  const kinds = [...new Set(results.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const times = results.filter((result) => result.kind === kind).map(({ recoveryMs }) => recoveryMs);
    return { kind, n: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), max: quantile(times, 1) };
  });
}

/** The smallest value that is not exceeded by this part of the values, rounded; NaN without values. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN);
}

export function resultTable(results: readonly FaultResult[]): string[] {
  const all = { ...summarize(results.map((result) => ({ ...result, kind: 'all' })))[0] };
  const rows = [...summarize(results), ...(all.kind === undefined ? [] : [all])];
  return table(
    ['fault', 'n', 'p50 ms', 'p95 ms', 'max ms'],
    rows.map(({ kind = '', n = 0, p50 = 0, p95 = 0, max = 0 }) => [kind, n, p50, p95, max]),
  );
}
