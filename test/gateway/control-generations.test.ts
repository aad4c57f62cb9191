import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LINE_LENGTHS } from '../../src/model/protocol/padding.ts';
import { type ComponentProgram, launchComponent } from '../support/component-program.ts';
import { ack, pong, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { DIALECTS } from '../support/wire.ts';

const TOKEN = 'token-alpha';

let fixture: ControlFixture;
let processes: ComponentProgram[] = [];

afterEach(async () => {
  for (const launched of processes) launched.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  processes = [];
  await fixture.close();
});

function launch(
  program: string,
  componentId: string,
  variable: 'AEGIS_SOCKET' | 'AEGIS_COMPONENT_SOCKET' = 'AEGIS_SOCKET',
) {
  const args = ['--symbols', 'BTCUSDT', '--streams', 'trades', '--reconnect', '0.1'];
  const launched = launchComponent({ program, componentId, variable, args, token: TOKEN, controlSocket: fixture.path });
  processes.push(launched);
  return launched;
}

const address = (componentId: string) => ({ sessionId: 'sess-alpha', componentId });
const stateOf = (id: string) => fixture.port.components.get(`alpha/${id}`)?.state;

/** Runs long enough to have answered PINGs: more than the time after which a silent component is dead. */
async function survivesSilenceLimit(id: string, deadMs: number): Promise<void> {
  await until(() => stateOf(id) === 'RUNNING', `${id} is RUNNING`);
  const since = Date.now();
  await until(() => Date.now() - since > deadMs * 1.5, 'the silence limit passes');
  expect(fixture.server.status().map(({ componentId }) => componentId)).toEqual([id]);
}

describe('programs of each SDK generation, as real processes', () => {
  const limits = { legacyMs: 100, pingMs: 100, deadMs: 400 };
  beforeEach(async () => {
    fixture = await controlFixture(limits);
  });

  test.each([
    ['waits', 'AEGIS_SOCKET'],
    ['pipelined', 'AEGIS_SOCKET'],
    ['fresh_decoder', 'AEGIS_SOCKET'],
    ['legacy', 'AEGIS_SOCKET'],
    ['asyncio_sdk', 'AEGIS_COMPONENT_SOCKET'],
    ['binary', 'AEGIS_SOCKET'],
  ] as const)('%s reaches RUNNING at its first connection, stays, and ends after SHUTDOWN', async (name, variable) => {
    if (name === 'asyncio_sdk') {
      // An interpreter that starts slowly must not be taken for a legacy component.
      await fixture.close();
      fixture = await controlFixture({ ...limits, legacyMs: 3_000 });
    }
    const { ended } = launch(name, 'cmp-1', variable);
    await survivesSilenceLimit('cmp-1', limits.deadMs);
    expect(fixture.port.reported('register')).toHaveLength(1);

    const component = fixture.port.components.get('alpha/cmp-1');
    if (component !== undefined) component.shutDown = true;
    expect(fixture.server.shutdown(address('cmp-1'))).toBe('sent');
    const { code, summary, errors } = await ended;
    expect(summary, errors).toMatchObject({
      sessionId: 'sess-alpha',
      componentId: 'cmp-1',
      topics: ['trades.BTCUSDT'],
      config: { threshold: 0.5 },
    });
    // Go and Python come back after SHUTDOWN, are refused, and end.
    const returns = name === 'fresh_decoder' || name === 'asyncio_sdk';
    expect({ code, connections: summary.connections }).toEqual({ code: returns ? 1 : 0, connections: returns ? 2 : 1 });
    expect(fixture.port.reported('left')).toEqual([]);
  });

  test('REBORN is acknowledged by the newer generations and ignored by Go, which stays connected', async () => {
    launch('waits', 'cmp-rust');
    launch('fresh_decoder', 'cmp-go');
    await until(() => stateOf('cmp-rust') === 'RUNNING' && stateOf('cmp-go') === 'RUNNING', 'both run');
    const answers = await Promise.all([
      fixture.server.reborn(address('cmp-rust')),
      fixture.server.reborn(address('cmp-go'), 300),
    ]);
    expect(answers).toEqual(['acknowledged', 'no-answer']);
    expect(fixture.server.status()).toHaveLength(2);
  });
});

describe('writes that a client with a new decoder per message must survive', () => {
  beforeEach(async () => {
    fixture = await controlFixture({ gapMs: 20, pingMs: 50 });
  });

  test('every line fills a buffer of the ladder', async () => {
    const client = await fixture.connect();
    await client.run({ token: TOKEN });
    await client.expect('PING');
    expect(client.lines).toHaveLength(7);
    for (const { bytes } of client.lines) expect(LINE_LENGTHS).toContain(bytes);
  });

  test('two messages without an answer in between are at least the gap apart', async () => {
    const client = await fixture.connect();
    await client.register({ token: TOKEN });
    const sent = performance.now();
    client.send(stateUpdate('INITIALIZING'), stateUpdate('READY'));
    // A reader that is late sees two of them at once, but none before its time.
    for (const gaps of [0, 1, 2]) expect((await client.nextLine()).at - sent).toBeGreaterThan(15 * gaps);
  });

  test('a long CONFIGURE is padded to the next length', async () => {
    fixture.port.config.text = 'x'.repeat(5_000);
    const client = await fixture.connect();
    await client.run({ token: TOKEN });
    expect(client.lines.map(({ bytes }) => bytes)).toEqual([512, 512, 512, 7680, 512, 512]);
  });
});

describe.each(DIALECTS)('in the %s dialect', (dialect) => {
  describe('the legacy generation', () => {
    test('a component silent after REGISTERED is configured without INITIALIZING and READY', async () => {
      fixture = await controlFixture({ legacyMs: 50 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN, componentId: 'cmp-1' });
      const configure = await client.expect('CONFIGURE');
      client.send(ack(configure.message_id), stateUpdate('CONFIGURED'), stateUpdate('RUNNING'));
      await client.expect('ACK');
      await client.expect('ACK');
      expect(stateOf('cmp-1')).toBe('RUNNING');
    });

    test('one that says INITIALIZING while the data socket is awaited is served as the newer ones', async () => {
      fixture = await controlFixture({ legacyMs: 20 });
      const gate = Promise.withResolvers<void>();
      let asked = 0;
      fixture.port.beforeDataSocket = () => {
        asked += 1;
        return gate.promise;
      };
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await until(() => asked === 1, 'the data socket is asked for');
      await client.state('INITIALIZING');
      client.send(stateUpdate('READY'));
      gate.resolve();
      expect([(await client.next()).command, (await client.next()).command]).toEqual(['ACK', 'CONFIGURE']);
      expect(asked).toBe(2);
    });

    test('INITIALIZING after CONFIGURE makes the component start again', async () => {
      fixture = await controlFixture({ legacyMs: 20 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.expect('CONFIGURE');
      client.send(stateUpdate('INITIALIZING'));
      expect(await client.expect('RUNTIME_ERROR')).toMatchObject({
        payload: { code: 'UNEXPECTED_STATE', recoverable: false },
      });
      await client.untilEnd();
    });
  });

  describe('one id, several connections', () => {
    beforeEach(async () => {
      fixture = await controlFixture();
    });

    test('the newer connection takes the id over; the end of the older one is not reported', async () => {
      const older = await fixture.connect(dialect);
      const first = await older.run({ token: TOKEN, componentId: 'cmp-1' });
      const newer = await fixture.connect(dialect);
      const second = await newer.run({ token: TOKEN, componentId: 'cmp-1' });
      await older.untilEnd();
      expect(second.configure.payload).toEqual(first.configure.payload);
      expect(fixture.server.status()).toHaveLength(1);
      expect(fixture.port.reported('disconnected')).toEqual([]);
      expect(fixture.port.components.get('alpha/cmp-1')?.connection).toBeDefined();
    });

    test('a component that comes back with its id does the whole sequence again, from any state', async () => {
      for (let round = 0; round < 3; round += 1) {
        const client = await fixture.connect(dialect);
        await client.run({ token: TOKEN, componentId: 'cmp-1' });
        client.close();
        await until(() => fixture.port.reported('disconnected').length === round + 1, 'the end is reported');
      }
      expect(fixture.port.components.get('alpha/cmp-1')).toMatchObject({ state: 'RUNNING', connection: undefined });
    });

    test('the same id in two sessions is two components', async () => {
      const alpha = await fixture.connect(dialect);
      const beta = await fixture.connect(dialect);
      await alpha.run({ token: TOKEN, componentId: 'cmp-1' });
      await beta.run({ token: 'token-beta', componentId: 'cmp-1' });
      expect(fixture.server.status().map(({ session }) => session)).toEqual(['alpha', 'beta']);
      fixture.server.disconnectSession('sess-alpha');
      expect(await alpha.untilEnd()).toEqual([]);
      expect(fixture.server.status().map(({ session }) => session)).toEqual(['beta']);
    });
  });

  describe('heartbeats', () => {
    test('PING comes only from the ACK of RUNNING on, in every later state', async () => {
      fixture = await controlFixture({ pingMs: 30 });
      const client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      const started = performance.now();
      await until(() => performance.now() - started > 100, 'three PINGs would have come');
      expect(client.lines).toHaveLength(2);
      await client.state('READY');
      client.send(ack((await client.expect('CONFIGURE')).message_id));
      await client.state('CONFIGURED');
      await client.state('RUNNING');
      for (const state of ['WAITING', 'RUNNING', 'FINISHED']) {
        const ping = await client.expect('PING');
        expect(ping).toMatchObject({ type: 'HEARTBEAT', payload: {}, correlation_id: null });
        client.send(pong(ping.message_id), stateUpdate(state));
        let answer = await client.next();
        while (answer.command === 'PING') answer = await client.next();
        expect(answer.command).toBe('ACK');
      }
      await client.expect('PING');
    });

    test('REGISTER is answered while another session hangs', async () => {
      fixture = await controlFixture();
      fixture.port.beforeReport = (session) => (session === 'hangs' ? new Promise(() => {}) : Promise.resolve());
      const stuck = await fixture.connect(dialect);
      stuck.send(register({ token: 'token-hangs' }));
      const client = await fixture.connect(dialect);
      await client.run({ token: TOKEN });
    });
  });
});
