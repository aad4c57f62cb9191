import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { SEARCH_ATTRIBUTES } from '../../src/model/search-attributes.ts';
import { EmbeddedServers, type EmbeddedServersOptions } from '../../src/servers/embedded-servers.ts';
import { ensureSearchAttributes } from '../../src/servers/ensure-search-attributes.ts';
import { probeNats } from '../../src/servers/nats-probe.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import type { ServerEvent } from '../../src/servers/server-event.ts';
import { NATS_SPEC, TEMPORAL_SPEC } from '../../src/servers/server-spec.ts';
import { withoutExternal } from '../support/servers.ts';
import { removeFolder, temporaryFolder, writeScript } from './fake-server.ts';
import { livingInGroup } from './process-group.ts';

const run = promisify(execFile);
const ENV = withoutExternal(process.env);
const ANY = { temporal: 0, temporalUi: 0, nats: 0, natsMonitor: 0 } as const;
let home: string;
let events: ServerEvent[];
const running: EmbeddedServers[] = [];

beforeEach(async () => {
  home = await temporaryFolder();
  events = [];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((servers) => servers.stop()));
  await removeFolder(home);
});

async function start(options: Partial<EmbeddedServersOptions> = {}): Promise<EmbeddedServers> {
  const onEvent = (event: ServerEvent): void => void events.push(event);
  const servers = await EmbeddedServers.start({ home, ports: ANY, ui: false, onEvent, env: ENV, ...options });
  running.push(servers);
  return servers;
}

/** Both groups, for a look after the end. */
function groupsOf({ pids }: EmbeddedServers): number[] {
  return [pids.temporal, pids.nats].filter((pid) => pid !== undefined);
}

function portOf(url: string): number {
  return Number(url.slice(url.lastIndexOf(':') + 1));
}

async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

describe('a life', () => {
  test('both servers answer, keep their state for the owner alone, and are gone after stop', async () => {
    const servers = await start({ ui: true });
    const groups = groupsOf(servers);
    expect(groups).toHaveLength(2);
    await probeNats('127.0.0.1', portOf(servers.nats.url));
    expect((await fetch(`${servers.nats.monitorUrl}/jsz`)).status).toBe(200);
    expect((await fetch(servers.temporal.ui ?? '')).status).toBe(200);
    const files = await readdir(home, { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining(['temporal.db', 'run/temporal.log', 'run/nats.log', 'nats/jetstream']),
    );
    for (const file of files) expect((await stat(join(home, file))).mode & 0o077, file).toBe(0);
    await servers.stop();
    // The watchers see the end of their server a moment later.
    await vi.waitFor(() => expect(groups.flatMap(livingInGroup)).toEqual([]), { timeout: 5_000 });
    expect(events.map(({ type }) => type).filter((type) => type === 'died')).toEqual([]);
  });

  test('the embedded Temporal has the search attributes from its start', async () => {
    const { temporal } = await start();
    const attributes = await withConnection(temporal.address, async (connection) => {
      expect(await ensureSearchAttributes(connection, temporal.namespace)).toEqual([]);
      return connection.operatorService.listSearchAttributes({ namespace: temporal.namespace });
    });
    expect(Object.keys(attributes.customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  });

  test('another namespace gets what it lacks, once', async () => {
    const { temporal } = await start();
    await createNamespace(temporal.address, 'other');
    await withConnection(temporal.address, async (connection) => {
      const ensure = (): Promise<string[]> => ensureSearchAttributes(connection, 'other');
      // Temporal's own list of namespaces is read anew only every few seconds.
      await expect.poll(ensure, { timeout: 240_000 }).toEqual(Object.keys(SEARCH_ATTRIBUTES));
      await expect.poll(ensure, { timeout: 240_000 }).toEqual([]);
    });
  });

  test('a namespace where one of the names has another type is refused, naming it', async () => {
    const { temporal } = await start();
    await createNamespace(temporal.address, 'taken');
    const { path } = await resolveServer(TEMPORAL_SPEC);
    const create = ['operator', 'search-attribute', 'create', '--name', 'AegisState', '--type', 'Int'];
    const createIt = () => run(path, [...create, '--address', temporal.address, '--namespace', 'taken']);
    await expect.poll(createIt, { timeout: 20_000, interval: 500 }).toBeDefined();
    await withConnection(temporal.address, (connection) =>
      expect(ensureSearchAttributes(connection, 'taken')).rejects.toMatchObject({
        code: 'SERVER_SETUP',
        message: 'the search attribute AegisState exists, but is not of type Keyword',
        where: 'namespace taken',
      }),
    );
  });

  test('what Temporal knew is known after the end of everything and a new start', async () => {
    const first = await start();
    await createNamespace(first.temporal.address, 'kept');
    await first.stop();
    const second = await start();
    const { namespaceInfo } = await withConnection(second.temporal.address, (connection) =>
      connection.workflowService.describeNamespace({ namespace: 'kept' }),
    );
    expect(namespaceInfo?.name).toBe('kept');
  });
});

describe('ports', () => {
  test('a port that is taken is replaced by a free one', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    try {
      const address = occupant.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const { nats } = await start({
        env: { ...ENV, TEMPORAL_ADDRESS: 'unused:7233' },
        ports: { ...ANY, nats: address.port },
      });
      expect(portOf(nats.url)).not.toBe(address.port);
      await probeNats('127.0.0.1', portOf(nats.url));
    } finally {
      occupant.close();
    }
  });

  test('a port that somebody takes at the last moment is replaced by another', async () => {
    // A nats-server that meets a taken port once, then starts the real one.
    const { path } = await resolveServer(NATS_SPEC, { env: ENV });
    const bin = join(home, 'bin');
    await writeScript(
      join(bin, 'nats-server'),
      `[ "$1" = --version ] && exec ${path} --version
       [ -e ${home}/met ] && exec ${path} "$@"
       echo "listen tcp 127.0.0.1:1: bind: address already in use"; touch ${home}/met; exit 1`,
    );
    const { nats } = await start({ env: { ...ENV, PATH: `${bin}:${ENV.PATH}`, TEMPORAL_ADDRESS: 'unused:7233' } });
    await probeNats('127.0.0.1', portOf(nats.url));
    expect((await stat(join(home, 'met'))).isFile()).toBe(true);
  });
});

describe('external addresses', () => {
  test('what the environment names is told and not started', async () => {
    const env = {
      ...ENV,
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'prod',
      NATS_URL: 'nats://nats.example:4222',
    };
    const servers = await start({ env });
    expect(servers.temporal).toMatchObject({ address: 'temporal.example:7233', namespace: 'prod' });
    expect(servers.nats).toEqual({ url: 'nats://nats.example:4222' });
    expect(groupsOf(servers)).toEqual([]);
    expect(events).toEqual([
      { type: 'external', server: 'temporal', address: 'temporal.example:7233' },
      { type: 'external', server: 'nats-server', address: 'nats://nats.example:4222' },
    ]);
  });
});

describe('failures', () => {
  test.each(['nats', 'temporal'] as const)('%s is back on the same port after kill -9', async (which) => {
    const servers = await start();
    const before = servers.pids[which];
    if (before === undefined) throw new Error('not started');
    process.kill(before, 'SIGKILL');
    await expect.poll(() => events.filter(({ type }) => type === 'started').length, { timeout: 240_000 }).toBe(3);
    const died = events.find(({ type }) => type === 'died');
    expect(died).toMatchObject({ how: 'signal SIGKILL', restartInMs: 250 });
    expect(servers.pids[which]).not.toBe(before);
    expect(livingInGroup(before)).toEqual([]);
    await probeNats('127.0.0.1', portOf(servers.nats.url));
    const { namespaceInfo } = await withConnection(servers.temporal.address, (connection) =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    expect(namespaceInfo?.name).toBe('default');
  });

  test('a second start on the same home is refused and names the process that has it', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({
      code: 'START_REFUSED',
      message: `process ${process.pid} already runs the servers of this folder`,
    });
  });

  test('when one server cannot start, the other is ended and the reason is told', async () => {
    const bin = join(home, 'bin');
    await writeScript(
      join(bin, 'nats-server'),
      `[ "$1" = --version ] && echo "nats-server: v2.14.5" || { echo "no luck"; exit 1; }`,
    );
    const env = { ...ENV, PATH: `${bin}:${ENV.PATH}` };
    await expect(start({ env })).rejects.toThrow(/nats-server ended at its start \(exit code 1\).*\nno luck/);
    const alone = await start();
    expect(groupsOf(alone)).toHaveLength(2);
  });

  test('kill -9 of the parent takes both servers along', async () => {
    const parent = spawn(process.execPath, ['test/servers/embedded-parent.ts', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(createInterface({ input: parent.stdout }), 'line');
      const { pids } = z
        .object({ pids: z.object({ temporal: z.number(), nats: z.number() }) })
        .parse(JSON.parse(String(line)));
      const living = (): string[] => [pids.temporal, pids.nats].flatMap(livingInGroup);
      // Each server with its watcher.
      expect(living()).toHaveLength(4);
      parent.kill('SIGKILL');
      await expect.poll(living, { timeout: 240_000 }).toEqual([]);
    } finally {
      parent.kill('SIGKILL');
    }
    // The lock of the dead parent does not keep anybody out.
    expect(groupsOf(await start())).toHaveLength(2);
  });
});

async function createNamespace(address: string, namespace: string): Promise<void> {
  const { path } = await resolveServer(TEMPORAL_SPEC);
  await run(path, ['operator', 'namespace', 'create', '--address', address, '--namespace', namespace]);
}
