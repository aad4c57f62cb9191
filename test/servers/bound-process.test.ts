import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BoundProcess } from '../../src/servers/bound-process.ts';
import { startServerProcess } from '../../src/servers/server-process.ts';
import { removeFolder, temporaryFolder, writeScript } from './fake-server.ts';
import { livingInGroup } from './process-group.ts';

let folder: string;
let path: string;
let log: string;
const started: BoundProcess[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'server');
  log = join(folder, 'server.log');
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop(0)));
  await removeFolder(folder);
});

function start(): BoundProcess {
  const server = BoundProcess.start({ path, args: ['a b', 'c'], log, env: process.env });
  started.push(server);
  return server;
}

async function logContains(text: string): Promise<void> {
  await expect.poll(() => readFile(log, 'utf8'), { timeout: 240_000 }).toContain(text);
}

test('the program runs under the pid that is told, with its arguments, files for the owner alone', async () => {
  await writeScript(path, `touch ${folder}/made; echo "$$ [$1] [$2]"; exec sleep 60`);
  const server = start();
  await logContains(`${server.pid} [a b] [c]`);
  expect((await stat(log)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'made'))).mode & 0o777).toBe(0o600);
  expect(await server.stop(10_000)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(livingInGroup(server.pid)).toEqual([]);
});

test('who ignores the request to end is killed', async () => {
  await writeScript(path, `trap '' TERM; echo ready; while true; do sleep 1; done`);
  const server = start();
  await logContains('ready');
  expect(await server.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
  await expect.poll(() => livingInGroup(server.pid)).toEqual([]);
});

test('the log of the earlier start is kept beside the new one', async () => {
  await writeScript(path, 'echo "$$ was here"');
  const pids: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const server = start();
    pids.push(server.pid);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  }
  const kept = await Promise.all(['', '.1', '.2', '.3', '.4'].map((suffix) => readFile(log + suffix, 'utf8')));
  expect(kept).toEqual(
    pids
      .toReversed()
      .slice(0, 5)
      .map((pid) => `${pid} was here\n`),
  );
  await expect(stat(`${log}.5`)).rejects.toThrow();
});

test('a server that ends at its start is reported with its last lines', async () => {
  await writeScript(path, 'echo "cannot open database" >&2; exit 7');
  const probe = () => Promise.reject(new Error('refused'));
  const work = startServerProcess({
    name: 'temporal',
    path,
    args: [],
    log,
    env: process.env,
    probe,
    readyWithinMs: 9_000,
  });
  await expect(work).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: 'temporal ended at its start (exit code 7). It wrote last:\ncannot open database',
    where: log,
  });
});

test('a server that never answers is ended and reported with the reason', async () => {
  await writeScript(path, `echo $$ > ${folder}/pid; exec sleep 60`);
  const probe = () => Promise.reject(new Error('refused'));
  const work = startServerProcess({
    name: 'temporal',
    path,
    args: [],
    log,
    env: process.env,
    probe,
    readyWithinMs: 1_000,
  });
  await expect(work).rejects.toThrow('temporal did not answer within 1 s (refused)');
  expect(livingInGroup(Number(await readFile(join(folder, 'pid'), 'utf8')))).toEqual([]);
});
