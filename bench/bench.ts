import { coldStart } from './cases/cold-start.ts';
import { control } from './cases/control.ts';
import { importing } from './cases/import.ts';
import { memory } from './cases/memory.ts';
import { plainBlock } from './cases/plain-block.ts';
import { replay } from './cases/replay.ts';
import { RAW_SOCKET } from './cases/replay-case.ts';
import { tapes } from './cases/tapes.ts';
import { thisMachine } from './machine.ts';
import { peerVersions } from './peers/versions.ts';
import { measureRealtime } from './realtime.ts';
import { compareRatios, comparisonLines } from './report/compare.ts';
import type { BenchReport } from './report/report.ts';
import { textReport } from './report/text-report.ts';
import { readResults, writeResults } from './report/write-results.ts';
import { type BenchArgs, parseBenchArgs, UsageError } from './suite/args.ts';
import type { Block } from './suite/block.ts';
import { runSuite } from './suite/run-suite.ts';

/** Of each rate: a run takes 25 s. */
const REALTIME_RUNS = 3;

/**
 * `npm run bench`: what this version reaches on this machine, beside its peers in the same run. docs/benchmarks.md says how
 * it is measured.
 */
const BLOCKS: readonly Block[] = [
  replay,
  importing,
  memory,
  tapes,
  coldStart,
  plainBlock('realtime', {
    realtime: ({ runs }, home) => measureRealtime({ home, runs: Math.min(runs, REALTIME_RUNS) }),
  }),
  control,
];
/** What `--compare` runs: peers have no ratio to the raw socket. */
const RATIO_CASES = replay.cases.filter((name) => name === RAW_SOCKET || name.startsWith('replay-'));

async function main(args: BenchArgs): Promise<void> {
  const committed = args.compare ? readResults() : undefined;
  if (args.compare && committed === undefined) throw new UsageError('there is no results.json to compare with');
  const outcome = await runSuite(BLOCKS, args, tell);
  const report: BenchReport = {
    version: 2,
    date: new Date().toISOString(),
    machine: thisMachine(),
    versions: peerVersions(),
    ...outcome,
  };
  if (args.json) print([JSON.stringify(report)]);
  else print([`${report.machine.cores} × ${report.machine.cpu}, Node ${report.machine.node}`, ...textReport(report)]);
  if (committed !== undefined) {
    const compared = compareRatios(committed.results, report.results, RAW_SOCKET, args.cases);
    for (const line of comparisonLines(compared)) tell(line);
    if (compared.length === 0) throw new UsageError('results.json has no ratio of these cases');
    if (compared.some(({ ok }) => !ok)) process.exitCode = 1;
  }
  if (outcome.failed.length > 0) process.exitCode = 1;
  if (args.all || args.write) writeResults(report);
}

function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  const args = parseBenchArgs(process.argv.slice(2), BLOCKS, RATIO_CASES);
  if (args.list) print(BLOCKS.flatMap(({ cases }) => cases));
  else await main(args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  tell(error.message);
  process.exitCode = 2;
}
