/**
 * CPU seconds that a component on an SDK needs per million aggTrades, from its first row to its last acknowledgement:
 * `node test/sdk/speed/measure.ts [--rows N] [--runs N] [--python PATH] [--root PATH] [MODE …]`. The rows are in memory here and
 * are written to its data socket as fast as it reads. Modes are those of examples/sdk/volume.*, in turn.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { until } from '../../support/until.ts';
import { python } from '../command.ts';
import { ScriptedSockets } from '../scripted-sockets.ts';
import { arrowStream } from './columns.ts';
import { linePieces, TOPICS } from './lines.ts';

const STATEMENT = { status: 'ok', topics: TOPICS, run: 1, from: 0, given: 0 };
const TICKS_PER_SECOND = 100;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    /** The checkout whose SDKs and programs are measured. */
    root: { type: 'string', default: resolve(import.meta.dirname, '../../..') },
    /** With orjson and pyarrow. */
    python: { type: 'string', default: python() },
    /** A folder for CPU profiles of TypeScript components. */
    profile: { type: 'string' },
  },
});
const rows = Number(values.rows);
const modes = positionals.length > 0 ? positionals : ['typescript-rows', 'python-rows', 'python-dicts'];
const isArrow = (mode: string): boolean => mode.endsWith('-arrow');
const lines = modes.every(isArrow) ? [] : linePieces(rows);
const columns = modes.some(isArrow) ? [arrowStream(0, rows)] : [];

/** User and system time of a process and its threads, in s. */
function cpuSeconds(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND;
}

async function writeAll(socket: Socket, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) if (!socket.write(part)) await once(socket, 'drain');
}

async function measure(mode: string): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-speed-'));
  const aegis = new ScriptedSockets({ dir, topics: TOPICS, script: () => undefined });
  const [language = '', how = ''] = mode.split('-');
  const program = join(values.root, `examples/sdk/volume.${language === 'python' ? 'py' : 'ts'}`);
  const env = { PYTHONPATH: join(values.root, 'sdk/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
  await aegis.listen();
  const profile = values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile];
  const args = [...(language === 'python' ? [] : profile), program, '--mode', how];
  const child = aegis.spawn({ program: language === 'python' ? values.python : process.execPath, args, env }, [
    'ignore',
    'inherit',
    'inherit',
  ]);
  try {
    const made = await until('a data connection', () => aegis.connections[0]);
    const pid = child.pid ?? 0;
    made.socket.write(`${JSON.stringify({ ...STATEMENT, format: isArrow(mode) ? 'arrow' : 'ndjson' })}\n`);
    const before = cpuSeconds(pid);
    const began = performance.now();
    await writeAll(made.socket, isArrow(mode) ? columns : lines);
    await until('the last acknowledgement', () => made.lines.at(-1) === `{"ack":${rows}}`, 120_000);
    const seconds = ((cpuSeconds(pid) - before) * 1e6) / rows;
    const wall = ((performance.now() - began) / 1_000) * (1e6 / rows);
    process.stdout.write(`${mode.padEnd(20)} ${seconds.toFixed(2)} CPU s per M rows, ${wall.toFixed(2)} s\n`);
    await aegis.shutdown(child);
    return seconds;
  } finally {
    child.kill('SIGKILL');
    aegis.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

for (let run = 0; run < Number(values.runs); run += 1) for (const mode of modes) await measure(mode);
