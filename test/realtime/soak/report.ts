import { table } from '../../../src/client/cli/table.ts';
import { type KindSummary, quantile } from '../../chaos/results.ts';
import type { FaultResult, SoakReport } from './stage.ts';

/** One line per kind of fault, in the order of their names. */
export function summarize(results: readonly FaultResult[]): KindSummary[] {
  const kinds = [...Map.groupBy(results, ({ kind }) => kind)].sort(([a], [b]) => (a < b ? -1 : 1));
  return kinds.map(([kind, all]) => {
    const times = all.map(({ recoveryMs }) => recoveryMs);
    return { kind, n: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), max: quantile(times, 1) };
  });
}

export function reportLines(report: SoakReport, results: readonly FaultResult[]): string[] {
  const all = results.map((result) => ({ ...result, kind: 'all' }));
  const { seconds, marketSeconds, messagesPerSecond, longestPauseMs, rows } = report;
  return [
    `${messagesPerSecond} messages/s over ${seconds} s (${marketSeconds} s of market time), at most ${longestPauseMs} ms late`,
    `${rows} rows for each component`,
    '',
    ...table(
      ['fault', 'n', 'p50 ms', 'p95 ms', 'max ms'],
      [...summarize(results), ...summarize(all)].map(({ kind, n, p50, p95, max }) => [kind, n, p50, p95, max]),
    ),
    '',
    ...table(
      ['topic', 'rows', 'declared lost'],
      report.topics.map(({ topic, rows: of, lost }) => [topic, of, lost]),
    ),
    '',
    ...table(
      ['process', 'pid', 's', 'start MB', 'max MB', 'end MB', 'MB/min'],
      report.memory.map(({ name, pid, seconds: s, start, max, end, slope }) => [
        name,
        pid,
        s,
        start,
        max,
        end,
        slope ?? '',
      ]),
    ),
    '',
    `status rows: ${counts(report.declared)}`,
    `events: ${counts(report.events)}`,
  ];
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([word, count]) => `${word} ${count}`)
    .join(', ');
}
