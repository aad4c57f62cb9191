import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ack, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { DIALECTS } from '../support/wire.ts';

const TOKEN = 'token-alpha';
const TOPICS = ['klines.BTCUSDT.1m', 'klines.ETHUSDT.1m', 'aggTrades.BTCUSDT', 'aggTrades.ETHUSDT'];

let fixture: ControlFixture;
beforeEach(async () => {
  fixture = await controlFixture();
});
afterEach(async () => {
  await fixture.close();
});

describe.each(DIALECTS)('in the %s dialect', (dialect) => {
  describe('the handshake', () => {
    test('a component that waits for each ACK is configured and runs', async () => {
      const client = await fixture.connect(dialect);
      const { componentId, sessionId, configure } = await client.run({ token: TOKEN, componentId: 'cmp-1' });
      expect({ componentId, sessionId }).toEqual({ componentId: 'cmp-1', sessionId: 'sess-alpha' });
      expect(configure).toMatchObject({
        type: 'CONFIG',
        correlation_id: null,
        target: 'component:cmp-1',
        payload: { data_stream_socket: '/run/aegis/data-sess-alpha.sock', topics: TOPICS, config: { threshold: 0.5 } },
      });
      expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('RUNNING');
      expect(fixture.server.status()).toMatchObject([{ componentId: 'cmp-1', session: 'alpha', state: 'RUNNING' }]);
    });

    test('a component that does not wait gets the same answers in the same order', async () => {
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      const early = client.send(stateUpdate('INITIALIZING'), stateUpdate('READY'));
      expect((await client.expect('ACK')).correlation_id).toBe(early[0]);
      expect((await client.expect('ACK')).correlation_id).toBe(early[1]);
      const configure = await client.expect('CONFIGURE');
      const late = client.send(ack(configure.message_id), stateUpdate('CONFIGURED'), stateUpdate('RUNNING'));
      expect((await client.expect('ACK')).correlation_id).toBe(late[1]);
      expect((await client.expect('ACK')).correlation_id).toBe(late[2]);
    });

    test('a component without an id is given one that cannot be guessed and has no dots', async () => {
      const first = await (await fixture.connect(dialect)).register({ token: TOKEN });
      const second = await (await fixture.connect(dialect)).register({ token: TOKEN });
      expect(first.componentId).toMatch(/^cmp-[0-9a-f]{32}$/);
      expect(second.componentId).not.toBe(first.componentId);
    });

    test('REGISTER may come in single bytes', async () => {
      const client = await fixture.connect(dialect);
      client.socket.setNoDelay(true);
      for (const byte of client.bytesOf({ ...register({ token: TOKEN }), message_id: 'é1' })) {
        await new Promise<void>((resolve) => client.socket.write(Buffer.of(byte), () => resolve()));
      }
      expect((await client.expect('REGISTERED')).correlation_id).toBe('é1');
    });

    test.each([
      ['null', { supported_symbols: null, supported_timeframes: null, requires_streams: null }],
      ['missing', {}],
      ['empty', { supported_symbols: [], supported_timeframes: [], requires_streams: [] }],
      ['without capabilities at all', null],
    ])('lists of capabilities may be %s: the topics are an empty list', async (_name, capabilities) => {
      const client = await fixture.connect(dialect);
      client.send({
        command: 'REGISTER',
        payload: { session_token: TOKEN, component_name: 'n', component_id: null, version: null, capabilities },
      });
      await client.expect('REGISTERED');
      await client.state('INITIALIZING');
      await client.state('READY');
      expect((await client.expect('CONFIGURE')).payload.topics).toEqual([]);
    });

    test('the ACK waits until the workflow has accepted', async () => {
      const gate = Promise.withResolvers<void>();
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      let asked = false;
      fixture.port.beforeReport = () => {
        asked = true;
        return gate.promise;
      };
      client.send(stateUpdate('INITIALIZING'));
      await until(() => asked, 'the report');
      expect(client.lines).toHaveLength(1);
      gate.resolve();
      await client.expect('ACK');
    });

    test('the ACK of READY waits for the data socket, and CONFIGURE follows at once', async () => {
      const gate = Promise.withResolvers<void>();
      fixture.port.beforeDataSocket = () => gate.promise;
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      client.send(stateUpdate('READY'));
      await until(() => fixture.port.reported('state').length === 2, 'READY is reported');
      expect(client.lines).toHaveLength(2);
      gate.resolve();
      await client.expect('ACK');
      await client.expect('CONFIGURE');
    });

    test('a component may send PING at any time and gets PONG', async () => {
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      const [id] = client.send({ type: 'HEARTBEAT', command: 'PING' });
      expect(await client.expect('PONG')).toMatchObject({
        type: 'HEARTBEAT',
        correlation_id: id,
        payload: { state: 'REGISTERED', uptime_seconds: 0 },
      });
    });
  });
});

describe('envelopes in JSON', () => {
  test('each message has all nine fields with the types SDKs insist on', async () => {
    const client = await fixture.connect();
    await client.run({ token: TOKEN });
    expect(client.lines).toHaveLength(6);
    for (const { message } of client.lines) {
      expect(Object.keys(message).sort()).toEqual(
        [
          'protocol_version',
          'message_id',
          'correlation_id',
          'timestamp',
          'source',
          'target',
          'type',
          'command',
          'payload',
        ].sort(),
      );
      expect(message.protocol_version).toBe('0.1.0');
      expect(message.source).toBe('aegis');
      expect(new Date(message.timestamp).toISOString()).toBe(message.timestamp);
      expect(message.payload).toBeTypeOf('object');
      expect(Array.isArray(message.payload)).toBe(false);
    }
    expect(new Set(client.lines.map(({ message }) => message.message_id)).size).toBe(6);
  });

  test('unknown fields, blanks and empty lines are ignored', async () => {
    const client = await fixture.connect();
    client.socket.write('\n  \n\r\n');
    client.send({ ...register({ token: TOKEN }), ...{ future: [1] } });
    await client.expect('REGISTERED');
  });
});
