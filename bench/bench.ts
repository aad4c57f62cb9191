import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '../src/client/cli/context.ts';
import { count, table } from '../src/client/cli/table.ts';
import { benchAttach } from './attach.ts';
import { benchImport } from './import.ts';
import { benchRealtime } from './realtime.ts';
import type { BenchResult } from './result.ts';
import { benchStream } from './stream.ts';

/**
 * `npm run bench [-- stream|import|attach|realtime] [-- --json]`: what this version reaches on this machine. Every figure is the
 * median of several runs with its spread; figures of two machines, or of a busy one, are not comparable.
 */
const CASES: Record<string, (home: string) => Promise<BenchResult[]>> = {
  stream: benchStream,
  import: benchImport,
  attach: benchAttach,
  realtime: benchRealtime,
};

const context = createContext();
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const home = await mkdtemp(join(tmpdir(), 'aegis-bench-'));
const results: BenchResult[] = [];
try {
  for (const [name, run] of Object.entries(CASES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    context.err(`bench ${name} …`);
    results.push(...(await run(home)));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version };
if (context.json) context.out(JSON.stringify({ version: 1, machine, results }));
else {
  context.out(`${machine.cores} × ${machine.cpu}, Node ${machine.node}`);
  const rows = results.map((r) => [r.name, figure(r.min), figure(r.median), figure(r.max), r.unit, r.runs, r.note]);
  for (const line of table(['case', 'min', 'median', 'max', 'unit', 'runs', 'what'], rows)) context.out(line);
}

function figure(value: number): string {
  return value >= 100 ? count(value) : value.toFixed(1);
}
