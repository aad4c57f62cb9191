import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { awaitPrevious, recordProcess } from '../../src/servers/previous-process.ts';
import { identify } from '../../src/servers/process-identity.ts';

async function pidFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-previous-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'server.pid');
}

it('the next server waits until the one before is gone', async () => {
  const file = await pidFile();
  // Takes its time after SIGTERM, as a server that closes its files does.
  const before = spawn('sh', ['-c', 'trap "sleep 0.5; exit 0" TERM; echo up; while :; do sleep 0.05; done']);
  onTestFinished(() => void before.kill('SIGKILL'));
  await once(before.stdout, 'data');
  const pid = before.pid ?? Number.NaN;
  await recordProcess(file, pid);
  await awaitPrevious(file);
  expect(identify(pid)).toBeUndefined();
});

it('a number that another process has now is left alone', async () => {
  const file = await pidFile();
  const other = spawn('sleep', ['60']);
  onTestFinished(() => void other.kill('SIGKILL'));
  await writeFile(file, JSON.stringify([other.pid, 'another boot:1']));
  await awaitPrevious(file);
  expect(identify(other.pid ?? Number.NaN)).toBeDefined();
});

it('without a file, or with half of one, nobody is waited for', async () => {
  const file = await pidFile();
  await awaitPrevious(file);
  await writeFile(file, '[12');
  await awaitPrevious(file);
});
