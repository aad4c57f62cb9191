import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsServer } from '../src/servers/start-nats.ts';
import { benchAttach } from './attach.ts';
import { replay } from './cases/replay.ts';
import { prepareDataset } from './data/prepare.ts';
import type { PreparedData } from './data/reference.ts';
import { benchImport } from './import.ts';
import { thisMachine } from './machine.ts';
import { startBenchNats } from './path/bench-nats.ts';
import { benchRealtime } from './realtime.ts';
import { textReport } from './report/text-report.ts';
import type { BenchResult } from './result.ts';
import { type BenchArgs, parseBenchArgs, UsageError } from './suite/args.ts';
import type { BenchContext, Block, Skipped } from './suite/block.ts';

/**
 * `npm run bench`: what this version reaches on this machine, beside its peers in the same run. docs/benchmarks.md says how
 * it is measured.
 */
const BLOCKS: readonly Block[] = [
  replay,
  plain('import', benchImport),
  plain('attach', benchAttach),
  plain('realtime', benchRealtime),
];

function plain(name: string, measure: (home: string) => Promise<BenchResult[]>): Block {
  const run: Block['run'] = async ({ home }) => ({ results: await measure(home), skipped: [], failed: [] });
  return { name, cases: [name], run };
}

function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

async function main(args: BenchArgs): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'aegis-bench-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'aegis', 'bench');
  let nats: Promise<NatsServer> | undefined;
  const prepared = new Map<string, Promise<PreparedData>>();
  const context: BenchContext = {
    home,
    cache,
    runs: args.runs,
    minutes: args.minutes,
    tell,
    nats: () => {
      nats ??= startBenchNats(home);
      return nats;
    },
    data: (name) => {
      const data = prepared.get(name) ?? prepareDataset(name, cache, tell);
      prepared.set(name, data);
      return data;
    },
  };
  const results: BenchResult[] = [];
  const skipped: Skipped[] = [];
  try {
    for (const block of BLOCKS) {
      if (!block.cases.some((name) => args.cases.has(name))) continue;
      tell(`${block.name} …`);
      const outcome = await block.run(context, args.cases);
      results.push(...outcome.results);
      skipped.push(...outcome.skipped);
    }
  } finally {
    await (await nats)?.process.stop(3_000);
    await rm(home, { recursive: true, force: true });
  }
  const machine = thisMachine();
  if (args.json) process.stdout.write(`${JSON.stringify({ version: 2, machine, results, skipped })}\n`);
  else {
    process.stdout.write(`${machine.cores} × ${machine.cpu}, Node ${machine.node}\n`);
    for (const line of textReport(results, skipped)) process.stdout.write(`${line}\n`);
  }
}

try {
  const args = parseBenchArgs(process.argv.slice(2), BLOCKS, []);
  if (args.list) for (const { cases } of BLOCKS) process.stdout.write(`${cases.join('\n')}\n`);
  else await main(args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
