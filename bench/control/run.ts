import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchResult } from '../result.ts';
import { measureAttach } from './attach.ts';
import { measureLongHistory } from './long-history.ts';
import { measureSessions } from './sessions.ts';
import { measureStart } from './start.ts';

/** `node bench/control/run.ts attach|start|history|sessions [--runs N] [--count N] [--minutes N]`: one case alone. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, count: { type: 'string' }, minutes: { type: 'string' } },
});
const { runs = '5', count = '200', minutes = '10' } = values;
const folder = await mkdtemp(join(tmpdir(), 'aegis-control-'));
const common = { folder, onProgress: (text: string) => process.stderr.write(`${text}\n`) };
const cases: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  attach: () => measureAttach({ ...common, runs: Number(runs) }),
  start: () => measureStart({ ...common, runs: Number(runs) }),
  history: () => measureLongHistory({ ...common, runs: Number(runs) }),
  sessions: () => measureSessions({ ...common, count: Number(count), minutes: Number(minutes) }),
};
try {
  const results = await cases[positionals[0] ?? '']?.();
  process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
