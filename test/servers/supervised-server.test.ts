import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BoundProcess } from '../../src/servers/bound-process.ts';
import type { ServerEvent } from '../../src/servers/server-event.ts';
import { SupervisedServer } from '../../src/servers/supervised-server.ts';
import { removeFolder, temporaryFolder, writeScript } from './fake-server.ts';
import { livingInGroup } from './process-group.ts';

let folder: string;
let events: ServerEvent[];
/** What the next starts do; an error is thrown, undefined starts the program. */
let failures: Error[];
let started: BoundProcess[];
let server: SupervisedServer | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeScript(join(folder, 'server'), 'exec sleep 60');
  events = [];
  failures = [];
  started = [];
});
afterEach(async () => {
  await server?.stop();
  await removeFolder(folder);
});

async function supervise(): Promise<SupervisedServer> {
  const log = join(folder, 'server.log');
  const start = async (): Promise<BoundProcess> => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    const child = BoundProcess.start({ path: join(folder, 'server'), args: [], log, env: process.env });
    started.push(child);
    return child;
  };
  const onEvent = (event: ServerEvent): void => void events.push(event);
  const options = { server: 'nats-server', address: 'nats://x', log, start, onEvent } as const;
  server = await SupervisedServer.start(options, new AbortController().signal);
  return server;
}

function kill(child: BoundProcess | undefined): void {
  if (child === undefined) throw new Error('not started');
  process.kill(child.pid, 'SIGKILL');
}

const types = (): string[] => events.map(({ type }) => type);
const pauses = (): number[] => events.flatMap((event) => ('restartInMs' in event ? [event.restartInMs] : []));

test('the pause before a restart doubles with every failure', async () => {
  await supervise();
  failures = [new Error('port taken'), new Error('port still taken')];
  kill(started[0]);
  await expect
    .poll(types, { timeout: 240_000 })
    .toEqual(['started', 'died', 'restart_failed', 'restart_failed', 'started']);
  expect(pauses()).toEqual([250, 500, 1_000]);
  expect(events[2]).toMatchObject({ message: 'port taken' });
  expect(server?.pid).toBe(started[1]?.pid);
});

test('a server that is stopped is not started again, also in the pause before a restart', async () => {
  const supervised = await supervise();
  kill(started[0]);
  await expect.poll(types, { timeout: 240_000 }).toEqual(['started', 'died']);
  await supervised.stop();
  expect(types()).toEqual(['started', 'died', 'stopped']);
  expect(started).toHaveLength(1);
});

test('stop may be asked for twice', async () => {
  const supervised = await supervise();
  await Promise.all([supervised.stop(), supervised.stop()]);
  expect(types()).toEqual(['started', 'stopped']);
  // The shell that watches it ends on its own.
  await expect.poll(() => livingInGroup(supervised.pid), { timeout: 10_000 }).toEqual([]);
});

test('a first start that fails is told at once and not tried again', async () => {
  failures = [new Error('no')];
  await expect(supervise()).rejects.toThrow('no');
  expect(started).toEqual([]);
});
