import { afterEach, describe, expect, test } from 'vitest';
import { envelope, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { DIALECTS } from '../support/wire.ts';

const TOKEN = 'token-alpha';

let fixture: ControlFixture;
afterEach(async () => {
  await fixture.close();
});

const problem = (code: string) => ({ command: 'RUNTIME_ERROR', payload: { code, recoverable: false } });

describe('length of lines', () => {
  test('a line of a mebibyte is read', async () => {
    fixture = await controlFixture();
    const client = await fixture.connect();
    const line = JSON.stringify(envelope(register({ token: TOKEN })));
    const padded = `${' '.repeat(1_048_576 - line.length)}${line}\n`;
    client.socket.write(padded);
    await client.expect('REGISTERED');
  });

  test.each([
    ['with a newline', '\n'],
    ['that never ends', ''],
  ])('a longer one %s: LIMIT_EXCEEDED, close', async (_name, end) => {
    fixture = await controlFixture();
    const client = await fixture.connect();
    client.socket.write(`${'x'.repeat(1_048_577)}${end}`);
    const answer = await client.next();
    expect(answer).toMatchObject(problem('LIMIT_EXCEEDED'));
    expect(answer.payload.message).toContain('1048576');
    await client.untilEnd();
  });
});

describe.each(DIALECTS)('in the %s dialect', (dialect) => {
  describe('number of messages', () => {
    test('more than the burst at once: LIMIT_EXCEEDED, close', async () => {
      fixture = await controlFixture({ messageBurst: 50, messagesPerSecond: 10 });
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN });
      client.send(...Array.from({ length: 60 }, () => ({ type: 'HEARTBEAT', command: 'PONG' })));
      expect(await client.next()).toMatchObject(problem('LIMIT_EXCEEDED'));
      await client.untilEnd();
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
    });

    test('a burst within the limit is answered completely and in order', async () => {
      fixture = await controlFixture({ gapMs: 0 });
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN });
      const states = Array.from({ length: 200 }, (_, n) => stateUpdate(n % 2 === 0 ? 'WAITING' : 'RUNNING'));
      const ids = client.send(...states);
      for (const id of ids) expect((await client.expect('ACK')).correlation_id).toBe(id);
    });

    test('too many connections: the next is closed without an answer, those before go on', async () => {
      fixture = await controlFixture({ maxConnections: 2 });
      const first = await fixture.connect(dialect);
      const second = await fixture.connect(dialect);
      const third = await fixture.connect(dialect);
      expect(await third.untilEnd()).toEqual([]);
      await first.register({ token: TOKEN });
      second.close();
      await until(() => fixture.log.some(({ level }) => level === 'warn'), 'the refusal is logged');
      await until(async () => {
        const fourth = await fixture.connect(dialect);
        return fourth.register({ token: TOKEN }).catch(() => false);
      }, 'the place of the second is free');
    });
  });

  describe('times', () => {
    test('no REGISTER in time: REGISTRATION_FAILED, close', async () => {
      fixture = await controlFixture({ registerMs: 50 });
      const client = await fixture.connect(dialect);
      client.socket.write(client.bytesOf(register({ token: TOKEN })).subarray(0, 8));
      expect(await client.next()).toMatchObject(problem('REGISTRATION_FAILED'));
      await client.untilEnd();
    });

    test('no READY in time, though the component talks: UNEXPECTED_STATE, close', async () => {
      fixture = await controlFixture({ stepMs: 60 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      client.send({ type: 'HEARTBEAT', command: 'PING' });
      await client.expect('PONG');
      const answer = await client.next();
      expect(answer).toMatchObject(problem('UNEXPECTED_STATE'));
      expect(answer.payload.message).toContain('READY');
    });

    test('no ACK of CONFIGURE in time: CONFIG_ACK_TIMEOUT, close', async () => {
      fixture = await controlFixture({ configureAckMs: 50 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      await client.state('READY');
      await client.expect('CONFIGURE');
      expect(await client.next()).toMatchObject(problem('CONFIG_ACK_TIMEOUT'));
      await client.untilEnd();
    });

    test('silence before RUNNING ends the connection', async () => {
      fixture = await controlFixture({ silenceMs: 50 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      expect(await client.untilEnd()).toEqual([]);
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
    });

    test('a running component that answers no PING is dead', async () => {
      fixture = await controlFixture({ pingMs: 30, deadMs: 600 });
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN });
      const unanswered = await client.untilEnd();
      expect(unanswered.length).toBeGreaterThanOrEqual(2);
      expect(new Set(unanswered)).toEqual(new Set(['PING']));
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
    });

    test('a data socket that is not ready in time: INTERNAL_ERROR instead of the ACK of READY, close', async () => {
      fixture = await controlFixture({ dataSocketMs: 50 });
      fixture.port.beforeDataSocket = () => new Promise(() => {});
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      client.send(stateUpdate('READY'));
      expect(await client.next()).toMatchObject(problem('INTERNAL_ERROR'));
      expect(await client.untilEnd()).toEqual([]);
    });
  });

  describe('a session that cannot be reached', () => {
    test('a report is repeated until it is accepted, then acknowledged once', async () => {
      fixture = await controlFixture();
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      let failures = 2;
      fixture.port.beforeReport = async () => {
        failures -= 1;
        if (failures >= 0) throw new Error('connection refused');
      };
      await client.state('INITIALIZING');
      expect(failures).toBe(-1);
      expect(client.lines).toHaveLength(2);
    });

    test('after the limit the connection ends without an answer, and the session is told later', async () => {
      fixture = await controlFixture({ answerMs: 100 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      let down = true;
      fixture.port.beforeReport = async () => {
        if (down) throw new Error('connection refused');
      };
      client.send(stateUpdate('INITIALIZING'));
      expect(await client.untilEnd()).toEqual([]);
      down = false;
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
    });
  });

  describe('components that behave badly harm nobody else', () => {
    test('one that dies in the middle of a message is reported, and the half message is not read', async () => {
      fixture = await controlFixture();
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN, componentId: 'cmp-1' });
      const torn = client.bytesOf(stateUpdate('WAITING')).subarray(0, -1);
      await new Promise<void>((resolve) => client.socket.write(torn, () => resolve()));
      client.close();
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
      expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('RUNNING');
    });

    test('what a component said before it ended the connection still counts', async () => {
      fixture = await controlFixture();
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN, componentId: 'cmp-1' });
      client.send(stateUpdate('FINISHED'));
      client.socket.end();
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
      expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('FINISHED');
    });

    test('one that does not read is closed, and others are served meanwhile', async () => {
      fixture = await controlFixture({ maxUnsentBytes: 65_536, gapMs: 0, messageBurst: 1e9 });
      const deaf = await fixture.connect(dialect);
      await deaf.run({ token: TOKEN, componentId: 'cmp-deaf' });
      deaf.socket.pause();
      const ping = deaf.bytesOf({ type: 'HEARTBEAT', command: 'PING' });
      deaf.socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => ping)));
      const other = await fixture.connect(dialect);
      await other.run({ token: TOKEN, componentId: 'cmp-other' });
      await until(() => fixture.port.reported('disconnected').length === 1, 'the deaf one is disconnected');
      expect(fixture.server.status().map(({ componentId }) => componentId)).toEqual(['cmp-other']);
      expect(fixture.log.map(({ message }) => message).join()).toContain('wait for the component');
    });

    test('a write that is not taken in time ends the connection', async () => {
      fixture = await controlFixture({ writeMs: 100, gapMs: 0, messageBurst: 1e9, maxUnsentBytes: 1e9 });
      const deaf = await fixture.connect(dialect);
      await deaf.run({ token: TOKEN });
      deaf.socket.pause();
      const ping = deaf.bytesOf({ type: 'HEARTBEAT', command: 'PING' });
      deaf.socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => ping)));
      await until(() => fixture.port.reported('disconnected').length === 1, 'the deaf one is disconnected');
      expect(fixture.log.map(({ message }) => message).join()).toContain('nothing was read');
    });

    test('the server closes in time though a component does not read', async () => {
      fixture = await controlFixture();
      const deaf = await fixture.connect(dialect);
      await deaf.run({ token: TOKEN });
      deaf.socket.pause();
      const started = performance.now();
      await fixture.server.close();
      expect(performance.now() - started).toBeLessThan(1_000);
      expect(fixture.port.reported('disconnected')).toHaveLength(1);
    });
  });
});
