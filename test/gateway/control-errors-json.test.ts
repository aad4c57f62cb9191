import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ControlClient, envelope, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { expectAlive, expectProblem } from '../support/expect-problem.ts';

const TOKEN = 'token-alpha';

let fixture: ControlFixture;
let client: ControlClient;
beforeEach(async () => {
  fixture = await controlFixture();
  client = await fixture.connect('json');
});
afterEach(async () => {
  await fixture.close();
});

const registration = (payload: Record<string, unknown>) => ({
  command: 'REGISTER',
  payload: { session_token: TOKEN, component_name: 'momentum', ...payload },
});

describe('the first line', () => {
  test('that is not JSON: DECODE_ERROR, close', async () => {
    client.socket.write('GET / HTTP/1.1\n');
    await expectProblem(client, 'DECODE_ERROR', false);
    await client.untilEnd();
  });

  test('that is not UTF-8: DECODE_ERROR, close', async () => {
    client.socket.write(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 0x0a]));
    await expectProblem(client, 'DECODE_ERROR', false);
    await client.untilEnd();
  });

  test.each(['protocol_version', 'message_id', 'source', 'target', 'type', 'command', 'payload'])(
    'without %s: INVALID_ENVELOPE that names it, close',
    async (field) => {
      const message: Record<string, unknown> = { ...envelope(register({ token: TOKEN })) };
      delete message[field];
      client.socket.write(`${JSON.stringify(message)}\n`);
      const { payload } = await expectProblem(client, 'INVALID_ENVELOPE', false);
      expect(payload.message).toBe(`${field} is required`);
      await client.untilEnd();
    },
  );

  test.each(['5', '[]', 'null', '"text"'])('that is no object (%s): INVALID_ENVELOPE, close', async (json) => {
    client.socket.write(`${json}\n`);
    await expectProblem(client, 'INVALID_ENVELOPE', false);
    await client.untilEnd();
  });

  test('that is a REGISTER of another type: INVALID_COMMAND, close', async () => {
    client.send({ ...register({ token: TOKEN }), type: 'CONTROL' });
    await expectProblem(client, 'INVALID_COMMAND', false);
    await client.untilEnd();
  });
});

describe('values of a wrong type', () => {
  test.each([
    ['component_name a number', { component_name: 5 }],
    ['a stream that is no text', { capabilities: { requires_streams: [5] } }],
    ['capabilities a list', { capabilities: [] }],
  ])('REGISTER with %s: INVALID_PAYLOAD, close', async (_name, payload) => {
    const [id] = client.send(registration(payload));
    expect((await expectProblem(client, 'INVALID_PAYLOAD', false)).correlation_id).toBe(id);
    await client.untilEnd();
    expect(fixture.port.reports).toEqual([]);
  });

  test('INVALID_PAYLOAD names the field', async () => {
    client.send(registration({ capabilities: { requires_streams: [5] } }));
    const { payload } = await expectProblem(client, 'INVALID_PAYLOAD', false);
    expect(payload.message).toMatch(/^payload\.capabilities\.requires_streams\.0: /);
  });

  test('a payload that is a list: INVALID_PAYLOAD, close', async () => {
    client.socket.write(`${JSON.stringify({ ...envelope(register({ token: TOKEN })), payload: [] })}\n`);
    await expectProblem(client, 'INVALID_PAYLOAD', false);
    await client.untilEnd();
  });
});

test('an unknown type in the handshake: UNKNOWN_MESSAGE_TYPE, close', async () => {
  await client.register({ token: TOKEN });
  client.send({ type: 'HELLO' });
  await expectProblem(client, 'UNKNOWN_MESSAGE_TYPE', false);
  await client.untilEnd();
});

describe('in the running phase', () => {
  beforeEach(async () => {
    await client.run({ token: TOKEN, componentId: 'cmp-1' });
  });

  test('an unknown type: a recoverable ERROR, and the connection survives', async () => {
    client.send({ ...stateUpdate('WAITING'), type: 'GOSSIP' });
    await expectProblem(client, 'UNKNOWN_MESSAGE_TYPE', true);
    await expectAlive(client);
  });

  test('a NACK that nobody asked for is not answered', async () => {
    client.send({ type: 'CONTROL', command: 'NACK' });
    await expectAlive(client);
  });

  test('a line that is not JSON ends the connection without an answer', async () => {
    client.socket.write('{"half":\n');
    expect(await client.untilEnd()).toEqual([]);
    await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
  });
});
