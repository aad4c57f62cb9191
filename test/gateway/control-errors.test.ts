import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ack, type ControlClient, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { expectAlive, expectProblem } from '../support/expect-problem.ts';
import { DIALECTS } from '../support/wire.ts';

const TOKEN = 'token-alpha';

describe.each(DIALECTS)('in the %s dialect', (dialect) => {
  let fixture: ControlFixture;
  let client: ControlClient;
  beforeEach(async () => {
    fixture = await controlFixture();
    client = await fixture.connect(dialect);
  });
  afterEach(async () => {
    await fixture.close();
  });

  const problem = (code: string, recoverable: boolean) => expectProblem(client, code, recoverable);
  const goesOn = () => expectAlive(client);

  const registration = (payload: Record<string, unknown>) => ({
    command: 'REGISTER',
    payload: { session_token: TOKEN, component_name: 'momentum', ...payload },
  });

  describe('the first message', () => {
    test.each([
      ['a STATE_UPDATE', stateUpdate('INITIALIZING')],
      ['a PING', { type: 'HEARTBEAT', command: 'PING' }],
      ['an ACK', ack('x')],
      ['an unknown command', { command: 'HELLO' }],
      ['a STATE_UPDATE with a wrong payload', { command: 'STATE_UPDATE', payload: { state: 'DREAMING' } }],
    ])('%s: INVALID_COMMAND, close', async (_name, message) => {
      client.send(message);
      await problem('INVALID_COMMAND', false);
      await client.untilEnd();
    });

    test.each([
      ['session_token missing', { session_token: undefined }, 'MISSING_SESSION_TOKEN'],
      ['session_token empty', { session_token: '' }, 'MISSING_SESSION_TOKEN'],
      ['session_token null', { session_token: null }, 'MISSING_SESSION_TOKEN'],
      ['component_name missing', { component_name: undefined }, 'MISSING_COMPONENT_NAME'],
      ['component_name empty', { component_name: '' }, 'MISSING_COMPONENT_NAME'],
      ['component_id with a dot', { component_id: 'a.b' }, 'INVALID_PAYLOAD'],
      ['a wrong token', { session_token: 'guess' }, 'WRONG_SESSION_TOKEN'],
    ])('REGISTER with %s: refused, close', async (_name, payload, code) => {
      const [id] = client.send(registration(payload));
      expect((await problem(code, false)).correlation_id).toBe(id);
      await client.untilEnd();
      expect(fixture.port.reports).toEqual([]);
    });

    test.for([
      ['is shut down', 'ILLEGAL_TRANSITION', 'REGISTRATION_FAILED'],
      ['is there no more', 'SESSION_NOT_FOUND', 'WRONG_SESSION_TOKEN'],
    ] as const)('a session that %s: refused, close', async ([, code, expected]) => {
      fixture.port.refusal = { ok: false, code, message: 'no' };
      client.send(register({ token: TOKEN }));
      await problem(expected, false);
      await client.untilEnd();
    });

    test('sessions that are not loaded yet: close without an answer, so that the component tries again', async () => {
      fixture.port.authentication = { ok: false, reason: 'unavailable' };
      client.send(register({ token: TOKEN }));
      expect(await client.untilEnd()).toEqual([]);
    });

    test('more topics than fit CONFIGURE: REGISTRATION_FAILED before the session is asked', async () => {
      const symbols = Array.from({ length: 4_000 }, (_, n) => `S${n}`);
      client.send(
        registration({ capabilities: { supported_symbols: symbols, requires_streams: ['trades', 'aggTrades'] } }),
      );
      await problem('REGISTRATION_FAILED', false);
      expect(fixture.port.reports).toEqual([]);
    });

    test('a configuration that does not fit CONFIGURE: REGISTRATION_FAILED, and the session knows that it is gone', async () => {
      fixture.port.config.text = 'x'.repeat(70_000);
      client.send(register({ token: TOKEN }));
      await problem('REGISTRATION_FAILED', false);
      await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
    });

    test('a message id of a megabyte is not repeated', async () => {
      client.send({ ...register({ token: TOKEN }), message_id: 'x'.repeat(900_000) });
      expect((await problem('INVALID_ENVELOPE', false)).correlation_id).toBeNull();
    });
  });

  describe('during the handshake', () => {
    test.each(['READY', 'CONFIGURED', 'RUNNING', 'WAITING', 'FINISHED', 'SHUTDOWN', 'INIT'])(
      '%s instead of INITIALIZING: UNEXPECTED_STATE, close',
      async (state) => {
        await client.register({ token: TOKEN });
        client.send(stateUpdate(state));
        await problem('UNEXPECTED_STATE', false);
        await client.untilEnd();
      },
    );

    test('RUNNING instead of READY: UNEXPECTED_STATE, close', async () => {
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      client.send(stateUpdate('RUNNING'));
      await problem('UNEXPECTED_STATE', false);
      await client.untilEnd();
    });

    test('RUNNING instead of CONFIGURED: STATE_TRANSITION_FAILED, close', async () => {
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      await client.state('READY');
      client.send(ack((await client.expect('CONFIGURE')).message_id), stateUpdate('RUNNING'));
      await problem('STATE_TRANSITION_FAILED', false);
      await client.untilEnd();
    });

    test.each([
      ['a second REGISTER', register({ token: TOKEN }), 'UNEXPECTED_MESSAGE'],
      ['a command of the daemon', { command: 'REBORN' }, 'UNEXPECTED_MESSAGE'],
      ['an unknown command', { command: 'HELLO' }, 'UNKNOWN_COMMAND'],
    ])('%s: an ERROR that is not recoverable, close', async (_name, message, code) => {
      await client.register({ token: TOKEN });
      client.send(message);
      await problem(code, false);
      await client.untilEnd();
    });

    test('the same state again is acknowledged and brings no second CONFIGURE', async () => {
      await client.register({ token: TOKEN });
      await client.state('REGISTERED');
      await client.state('INITIALIZING');
      await client.state('INITIALIZING');
      await client.state('READY');
      await client.expect('CONFIGURE');
      await client.state('READY');
      await client.state('CONFIGURED');
      await client.state('RUNNING');
    });

    test('ACK and PONG that nobody asked for are not answered', async () => {
      await client.register({ token: TOKEN });
      client.send(ack(null), { type: 'HEARTBEAT', command: 'PONG' });
      await goesOn();
      await client.state('INITIALIZING');
    });

    test('ERROR as a state is acknowledged and ends the handshake', async () => {
      await client.register({ token: TOKEN, componentId: 'cmp-1' });
      await client.state('ERROR');
      await client.state('SHUTDOWN');
      expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('SHUTDOWN');
    });

    test('a component that fails at CONFIGURE says so instead of its ACK and is not answered', async () => {
      await fixture.close();
      fixture = await controlFixture({ configureAckMs: 50 });
      client = await fixture.connect(dialect);
      await client.register({ token: TOKEN });
      await client.state('INITIALIZING');
      await client.state('READY');
      await client.expect('CONFIGURE');
      const payload = { code: 'CONFIGURE_FAILED', message: 'no such model', recoverable: true };
      client.send({ type: 'ERROR', command: 'RUNTIME_ERROR', payload });
      await until(() => fixture.port.reported('runtimeError').length === 1, 'the error is reported');
      const since = performance.now();
      await until(() => performance.now() - since > 100, 'the limit for the ACK passes');
      await goesOn();
    });
  });

  describe('in the running phase', () => {
    beforeEach(async () => {
      await client.run({ token: TOKEN, componentId: 'cmp-1' });
    });

    test.each(['READY', 'INITIALIZING', 'CONFIGURED', 'SHUTDOWN', 'REGISTERED'])(
      'the illegal state %s: STATE_TRANSITION_FAILED, and the connection survives',
      async (state) => {
        const [id] = client.send(stateUpdate(state));
        expect((await problem('STATE_TRANSITION_FAILED', true)).correlation_id).toBe(id);
        await goesOn();
        expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('RUNNING');
      },
    );

    test.each([
      ['an unknown command', { command: 'GOSSIP' }, 'UNKNOWN_COMMAND'],
      ['an unknown state', { payload: { state: 'DREAMING' } }, 'INVALID_PAYLOAD'],
      ['a second REGISTER', register({ token: TOKEN }), 'UNEXPECTED_MESSAGE'],
      ['a command of the daemon', { command: 'CONFIGURE' }, 'UNEXPECTED_MESSAGE'],
      ['an empty source', { source: '' }, 'INVALID_ENVELOPE'],
    ])('%s: a recoverable ERROR, and the connection survives', async (_name, message, code) => {
      client.send({ ...stateUpdate('WAITING'), ...message });
      await problem(code, true);
      await goesOn();
    });

    test.each([
      ['an ACK', ack('nothing')],
      ['an ACK without a payload', JSON.parse('{"type":"CONTROL","command":"ACK","payload":null}')],
      ['a PONG', { type: 'HEARTBEAT', command: 'PONG' }],
    ])('%s that nobody asked for is not answered', async (_name, message) => {
      client.send(message);
      await goesOn();
    });

    test('the same state again is acknowledged without effect', async () => {
      await client.state('RUNNING');
      await client.state('WAITING');
      await client.state('WAITING');
      await client.state('RUNNING');
    });

    test('a recoverable RUNTIME_ERROR is recorded and not answered', async () => {
      const payload = { code: 'FEED_STALLED', message: 'no rows for 30 s', recoverable: true };
      client.send({ type: 'ERROR', command: 'RUNTIME_ERROR', payload });
      await goesOn();
      expect(fixture.port.reported('runtimeError')).toEqual([
        { type: 'runtimeError', componentId: 'cmp-1', ...payload },
      ]);
    });

    test('one that is not recoverable is recorded, then the component is shut down', async () => {
      const payload = { code: 'BROKEN', message: 'out of memory', recoverable: false };
      client.send({ type: 'ERROR', command: 'RUNTIME_ERROR', payload });
      await client.expect('SHUTDOWN');
      expect(fixture.port.components.get('alpha/cmp-1')?.state).toBe('ERROR');
    });
  });
});
