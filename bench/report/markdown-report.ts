import type { BenchResult, Spread } from '../result.ts';
import { figure } from '../suite/contest.ts';
import { type JudgedGoal, judgeGoals, RAW, RAW_WHEN_SET } from './goals.ts';
import type { BenchReport } from './report.ts';
import { busyText, ratioTexts } from './text-report.ts';

const COMMANDS = `npm ci
npm run bench                       # everything, about 30 minutes and the 10 of idle sessions; writes this file
npm run bench -- --only replay-2    # one case beside the raw socket
npm run bench -- --compare          # the ratios of this machine now against those of results.json`;

/** The content of RESULTS.md. Pure. */
export function markdownReport(report: BenchReport): string {
  const { machine, versions, date, results, skipped, failed } = report;
  const sections = [
    '# Results of the benchmarks',
    `Written by \`npm run bench\` on ${date.slice(0, 10)}. What is measured and how: [docs/benchmarks.md](../docs/benchmarks.md). Figures of two machines, or of a busy one, cannot be compared; ratios can.`,
    `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}. Aegis ${machine.aegis}, Node ${machine.node}, ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `\`\`\`\n${COMMANDS}\n\`\`\``,
    '## Goals',
    goalTable(judgeGoals(results)),
    `The goals in rows/s were set in a run in which the raw socket moved ${figure(RAW_WHEN_SET)} rows/s; here it moved ${figure(rawOf(results))}. As ratios to the raw socket they are the same goals for any machine. What limits those that are not met, and what was tried: [docs/benchmarks.md](../docs/benchmarks.md#what-limits-and-what-was-tried).`,
    '## Figures',
    'Min, median and max of the runs. A ratio is to the named case in the same round; its median is over the rounds. Others: the most of the machine that other work took during a run, where it was above 5 %: such a figure is too low.',
    resultTable(results),
    '## Where the time and the memory go',
    'CPU seconds (user and system) for a million rows / peak resident memory, medians.',
    processTable(results),
    ...listOf('Skipped', skipped),
    ...listOf('Failed', failed),
  ];
  return `${sections.join('\n\n')}\n`;
}

function rawOf(results: readonly BenchResult[]): number {
  return results.find(({ name }) => name === RAW)?.median ?? Number.NaN;
}

function goalTable(goals: readonly JudgedGoal[]): string {
  const rows = goals.map(({ what, atLeast, atMost, reached, met }) => [
    what,
    atLeast === undefined ? `≤ ${figure(atMost ?? Number.NaN)}` : `≥ ${figure(atLeast)}`,
    reached === undefined ? 'not measured' : figure(reached),
    reached === undefined ? '' : met ? 'yes' : 'no',
  ]);
  return table(['what', 'goal', 'reached', 'met'], rows);
}

function resultTable(results: readonly BenchResult[]): string {
  const rows = results.map((result) => [
    `\`${result.name}\``,
    ...spreadCells(result),
    result.unit,
    String(result.runs),
    ratioTexts(result).join('<br>'),
    busyText(result),
    result.note,
  ]);
  return table(['case', 'min', 'median', 'max', 'unit', 'runs', 'ratio to', 'others', 'what'], rows);
}

function spreadCells({ min, median, max }: Spread): string[] {
  return [min, median, max].map(figure);
}

function processTable(results: readonly BenchResult[]): string {
  const rows = results
    .filter(({ processes = [] }) => processes.length > 0)
    .map(({ name, processes = [] }) => [
      `\`${name}\``,
      processes
        .map(({ name: process, cpuPerMillion, peakMb }) => {
          const cpu = cpuPerMillion === undefined ? '' : `${cpuPerMillion.toFixed(2)} s / `;
          return `${process} ${cpu}${Math.round(peakMb)} MB`;
        })
        .join('<br>'),
      cpuSum(processes),
    ]);
  return table(['case', 'processes', 'CPU s/M rows in all'], rows);
}

function cpuSum(processes: NonNullable<BenchResult['processes']>): string {
  const seconds = processes.map(({ cpuPerMillion }) => cpuPerMillion ?? Number.NaN);
  const sum = seconds.reduce((all, each) => all + each, 0);
  return Number.isNaN(sum) ? '' : sum.toFixed(2);
}

function listOf(title: string, list: BenchReport['skipped']): string[] {
  if (list.length === 0) return [];
  return [`## ${title}`, list.map(({ name, reason }) => `- \`${name}\`: ${reason.split('\n', 1)[0]}`).join('\n')];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
