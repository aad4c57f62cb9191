import { table } from '../../src/client/cli/table.ts';
import type { BenchResult } from '../result.ts';
import { BUSY, figure } from '../suite/contest.ts';
import type { BenchReport } from './report.ts';

/** For a terminal. */
export function textReport({
  results,
  skipped,
  failed,
}: Pick<BenchReport, 'results' | 'skipped' | 'failed'>): string[] {
  const rows = results.map((result) => [
    result.name,
    figure(result.min),
    figure(result.median),
    figure(result.max),
    result.unit,
    result.runs,
    ratioTexts(result).join(', '),
    busyText(result),
    result.note,
  ]);
  return [
    ...table(['case', 'min', 'median', 'max', 'unit', 'runs', 'median ratio to', 'others', 'what'], rows),
    ...failed.map(({ name, reason }) => `${name} FAILED: ${reason}`),
    ...skipped.map(({ name, reason }) => `${name} was skipped: ${reason}`),
  ];
}

/** `0.24 raw-socket`. */
export function ratioTexts({ ratios = [] }: BenchResult): string[] {
  return ratios.map(({ to, median }) => `${median.toFixed(median < 1 ? 3 : 2)} ${to}`);
}

/** Load of others in the worst run; empty when it was never much. */
export function busyText({ foreign }: BenchResult): string {
  return foreign === undefined || !(foreign > BUSY) ? '' : `up to ${Math.round(100 * foreign)} %`;
}
