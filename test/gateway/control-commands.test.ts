import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlServer } from '../../src/gateway/control/control-server.ts';
import { AegisError } from '../../src/model/errors.ts';
import { ack, register, runtimeError, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { MemoryPort } from '../support/memory-port.ts';
import { DIALECTS } from '../support/wire.ts';

const TOKEN = 'token-alpha';
const ADDRESS = { sessionId: 'sess-alpha', componentId: 'cmp-1' };

let fixture: ControlFixture;
beforeEach(async () => {
  fixture = await controlFixture({ leaveMs: 50 });
});
afterEach(async () => {
  await fixture.close();
});

describe.each(DIALECTS)('in the %s dialect', (dialect) => {
  async function running() {
    const client = await fixture.connect(dialect);
    await client.run({ token: TOKEN, componentId: 'cmp-1' });
    return client;
  }

  describe('REBORN', () => {
    test.each(['RUNNING', 'WAITING'])('is sent to a component in %s and answered by its ACK', async (state) => {
      const client = await running();
      await client.state(state);
      const answer = fixture.server.reborn(ADDRESS);
      const reborn = await client.expect('REBORN');
      expect(reborn).toMatchObject({ type: 'LIFECYCLE', payload: {}, correlation_id: null });
      client.send(ack(reborn.message_id));
      expect(await answer).toBe('acknowledged');
    });

    test('counts an ACK with a wrong correlation', async () => {
      const client = await running();
      const answer = fixture.server.reborn(ADDRESS);
      await client.expect('REBORN');
      client.send(ack(null));
      expect(await answer).toBe('acknowledged');
    });

    test('is not acknowledged by a component that ignores it, whose connection stays', async () => {
      const client = await running();
      expect(await fixture.server.reborn(ADDRESS, 50)).toBe('no-answer');
      await client.expect('REBORN');
      await client.state('WAITING');
    });

    test('is not acknowledged when the connection ends', async () => {
      const client = await running();
      const answer = fixture.server.reborn(ADDRESS);
      await client.expect('REBORN');
      client.close();
      expect(await answer).toBe('no-answer');
    });

    test('is not sent to a component that is unknown, in its handshake, or FINISHED', async () => {
      expect(await fixture.server.reborn(ADDRESS)).toBe('not-connected');
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN, componentId: 'cmp-1' });
      expect(await fixture.server.reborn(ADDRESS)).toBe('not-connected');
      client.close();
      const finished = await running();
      await finished.state('FINISHED');
      expect(await fixture.server.reborn(ADDRESS)).toBe('not-connected');
    });
  });

  describe('CONFIGURE of a component that runs', () => {
    const CAPABILITIES = { supported_symbols: ['BTCUSDT'], requires_streams: ['trades'] };
    const NEW = { threshold: 0.7 };

    async function reconfigurable() {
      const client = await fixture.connect(dialect);
      const capabilities = { ...CAPABILITIES, reconfigurable: true };
      const { configure } = await client.run({ token: TOKEN, componentId: 'cmp-1', capabilities });
      return { client, first: configure };
    }

    test('has the same topics and socket and the new configuration, and is acknowledged', async () => {
      const { client, first } = await reconfigurable();
      const answer = fixture.server.reconfigure(ADDRESS, NEW, 1_000);
      const configure = await client.expect('CONFIGURE');
      const { data_stream_socket, topics, config } = configure.payload;
      expect({ data_stream_socket, topics }).toEqual({
        data_stream_socket: first.payload.data_stream_socket,
        topics: first.payload.topics,
      });
      expect(config ?? JSON.parse(String(configure.payload.config_json))).toEqual(NEW);
      client.send(ack(configure.message_id));
      expect(await answer).toEqual({ answer: 'acknowledged' });
      await client.state('WAITING');
    });

    test('may be refused; the component goes on', async () => {
      const { client } = await reconfigurable();
      const answer = fixture.server.reconfigure(ADDRESS, NEW, 1_000);
      await client.expect('CONFIGURE');
      client.send(runtimeError('CONFIGURE_FAILED', 'threshold: at most 0.6', true));
      expect(await answer).toEqual({ answer: 'refused', problem: 'threshold: at most 0.6' });
      await client.state('WAITING');
    });

    test('is unanswered by silence and by the end of the connection', async () => {
      const { client } = await reconfigurable();
      expect(await fixture.server.reconfigure(ADDRESS, NEW, 20)).toEqual({ answer: 'unanswered' });
      const second = fixture.server.reconfigure(ADDRESS, NEW, 5_000);
      client.close();
      expect(await second).toEqual({ answer: 'unanswered' });
    });

    test('that stays unanswered does not take the ACK of the REBORN after it', async () => {
      const { client } = await reconfigurable();
      expect(await fixture.server.reconfigure(ADDRESS, NEW, 20)).toEqual({ answer: 'unanswered' });
      await client.expect('CONFIGURE');
      const answer = fixture.server.reborn(ADDRESS, 1_000);
      const reborn = await client.expect('REBORN');
      client.send(ack(reborn.message_id));
      expect(await answer).toBe('acknowledged');
    });

    test('is never sent to a component that has not said that it takes it', async () => {
      const client = await running();
      expect(await fixture.server.reconfigure(ADDRESS, NEW, 1_000)).toEqual({ answer: 'later' });
      expect(await fixture.server.reborn(ADDRESS, 20)).toBe('no-answer');
      await client.expect('REBORN');
    });

    test('a component that is not configured yet gets it with its first CONFIGURE', async () => {
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN, componentId: 'cmp-1', capabilities: CAPABILITIES });
      expect(await fixture.server.reconfigure(ADDRESS, NEW, 1_000)).toEqual({ answer: 'later' });
      await client.state('INITIALIZING');
      await client.state('READY');
      const { payload } = await client.expect('CONFIGURE');
      expect(payload.config ?? JSON.parse(String(payload.config_json))).toEqual(NEW);
    });

    test('is not sent when it would not fit', async () => {
      await reconfigurable();
      const answer = await fixture.server.reconfigure(ADDRESS, { text: 'x'.repeat(70_000) }, 1_000);
      expect(answer).toEqual({ answer: 'refused', problem: 'it does not fit CONFIGURE' });
    });
  });

  describe('SHUTDOWN of the daemon', () => {
    test('is answered by ACK and SHUTDOWN in any order; the session keeps the entry', async () => {
      const client = await running();
      expect(fixture.server.shutdown(ADDRESS)).toBe('sent');
      const message = await client.expect('SHUTDOWN');
      expect(message).toMatchObject({ type: 'LIFECYCLE', payload: {} });
      client.send({ command: 'SHUTDOWN' }, ack(message.message_id));
      await client.expect('ACK');
      client.socket.end();
      expect(await fixture.server.waitClosed(ADDRESS, 2_000)).toBe(true);
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
      expect(fixture.port.reported('left')).toEqual([]);
    });

    test('a component that stays is not waited for longer than asked', async () => {
      await running();
      fixture.server.shutdown(ADDRESS);
      expect(await fixture.server.waitClosed(ADDRESS, 20)).toBe(false);
    });

    test('closes a component in its handshake, which would misread the message; its REGISTER is then refused', async () => {
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN, componentId: 'cmp-1' });
      const component = fixture.port.components.get('alpha/cmp-1');
      if (component !== undefined) component.shutDown = true;
      expect(fixture.server.shutdown(ADDRESS)).toBe('closed');
      expect(await client.untilEnd()).toEqual([]);
      const again = await fixture.connect(dialect);
      again.send(register({ token: TOKEN, componentId: 'cmp-1' }));
      expect((await again.expect('RUNTIME_ERROR')).payload).toEqual({
        code: 'REGISTRATION_FAILED',
        message: 'the component was shut down',
        recoverable: false,
      });
      await again.untilEnd();
    });

    test('tells when there is no connection', async () => {
      expect(fixture.server.shutdown(ADDRESS)).toBe('not-connected');
      expect(await fixture.server.waitClosed(ADDRESS, 0)).toBe(true);
    });
  });

  describe('SHUTDOWN of a component', () => {
    test('is acknowledged once the session has forgotten it', async () => {
      const client = await running();
      const [id] = client.send({ command: 'SHUTDOWN' });
      expect((await client.expect('ACK')).correlation_id).toBe(id);
      expect(fixture.port.components.has('alpha/cmp-1')).toBe(false);
      // A component that does not end its connection is not waited for.
      await client.untilEnd();
      expect(fixture.port.reported('disconnected')).toEqual([]);
    });

    test('counts though the connection is already closed', async () => {
      const client = await running();
      client.send({ command: 'SHUTDOWN' });
      client.socket.end();
      await until(() => fixture.port.reported('left').length === 1, 'the component left');
    });
  });

  describe('status', () => {
    test('names each connected component with its state and its last message', async () => {
      const client = await running();
      await client.state('WAITING');
      const [status] = fixture.server.status();
      expect(status).toMatchObject({ ...ADDRESS, session: 'alpha', name: 'momentum', state: 'WAITING' });
      expect(status?.lastMessageAt).toBeGreaterThanOrEqual(status?.connectedAt ?? Number.NaN);
      client.close();
      await until(() => fixture.server.status().length === 0, 'the status is empty');
    });
  });

  describe('many components', () => {
    test('reports of one session that come together travel together', async () => {
      const clients = await Promise.all(Array.from({ length: 32 }, () => fixture.connect(dialect)));
      await Promise.all(clients.map((client) => client.run({ token: TOKEN })));
      const { batches } = fixture.port;
      expect(batches.reduce((sum, size) => sum + size, 0)).toBe(32 * 5);
      expect(batches.length).toBeLessThan(32 * 5);
      expect(fixture.server.status()).toHaveLength(32);
    });
  });

  test('tokens are never logged', async () => {
    const client = await running();
    const other = await fixture.connect(dialect);
    other.send(register({ token: 'secret-guess' }));
    await other.untilEnd();
    client.send(stateUpdate('READY'));
    await client.expect('RUNTIME_ERROR');
    client.close();
    await until(() => fixture.log.length >= 3, 'the log is written');
    expect(JSON.stringify(fixture.log)).not.toMatch(/token-alpha|secret-guess/);
  });
});

describe('the socket file', () => {
  test('belongs to its owner only', async () => {
    expect((await lstat(fixture.path)).mode & 0o777).toBe(0o600);
    expect((await lstat(dirname(fixture.path))).mode & 0o777).toBe(0o700);
  });

  test('is gone after the server closed, and its components were disconnected without a message', async () => {
    const client = await fixture.connect();
    await client.run({ token: TOKEN });
    await fixture.server.close();
    expect(await client.untilEnd()).toEqual([]);
    await expect(lstat(fixture.path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(fixture.port.reported('disconnected')).toHaveLength(1);
  });

  test('a stale one is replaced', async () => {
    const path = join(fixture.folder, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(fixture.folder, 'x.sock'), resolve));
    await rename(join(fixture.folder, 'x.sock'), path);
    await new Promise<void>((resolve) => dead.close(() => resolve()));
    expect((await lstat(path)).isSocket()).toBe(true);
    const server = new ControlServer({ path, port: new MemoryPort() });
    await server.listen();
    await server.close();
  });

  test('one at which another server listens is left alone', async () => {
    const second = new ControlServer({ path: fixture.path, port: new MemoryPort() });
    await expect(second.listen()).rejects.toMatchObject({ code: 'START_REFUSED', where: fixture.path });
    await (await fixture.connect()).run({ token: TOKEN });
  });

  test('a file of another kind is left alone', async () => {
    const path = join(fixture.folder, 'notes.txt');
    await writeFile(path, 'mine');
    const server = new ControlServer({ path, port: new MemoryPort() });
    await expect(server.listen()).rejects.toMatchObject({ code: 'START_REFUSED' });
  });

  test.each(['relative.sock', `/tmp/${'x'.repeat(110)}.sock`])('the path %s is refused', async (path) => {
    const server = new ControlServer({ path, port: new MemoryPort() });
    const error = await server.listen().catch((reason: unknown) => reason);
    expect(AegisError.is(error) && error.code).toBe('INVALID_SPEC');
  });

  test('its folder may exist already', async () => {
    await mkdir(join(fixture.folder, 'there'));
    const server = new ControlServer({ path: join(fixture.folder, 'there/c.sock'), port: new MemoryPort() });
    await server.listen();
    await server.close();
  });
});
