import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ack, type ControlClient, envelope, register, stateUpdate } from '../support/control-client.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { expectAlive, expectProblem } from '../support/expect-problem.ts';
import { envelopeType, frameOf } from '../support/wire-binary.ts';

const TOKEN = 'token-alpha';
const PING = { type: 'HEARTBEAT', command: 'PING' } as const;

let fixture: ControlFixture;
let client: ControlClient;
beforeEach(async () => {
  fixture = await controlFixture();
  client = await fixture.connect('binary');
});
afterEach(async () => {
  await fixture.close();
});

/** The bytes of a message without its header. */
const bodyOf = (message: Parameters<ControlClient['bytesOf']>[0]) => client.bytesOf(message).subarray(5);

describe('the first frame', () => {
  test.each([
    ['bytes that are no Protocol Buffers', Buffer.from('0b0b0b', 'hex')],
    ['a field that is cut off', Buffer.from('1205', 'hex')],
    ['a text that is not UTF-8', Buffer.from('1201ff', 'hex')],
    ['groups in groups without end', Buffer.alloc(10_000, 0xdb)],
  ])('with %s: DECODE_ERROR in a frame, close', async (_name, body) => {
    client.socket.write(frameOf(body));
    await expectProblem(client, 'DECODE_ERROR', false);
    await client.untilEnd();
  });

  test.each(['protocol_version', 'message_id', 'source', 'target'])(
    'without %s: INVALID_ENVELOPE that names it, close',
    async (field) => {
      client.socket.write(client.bytesOf({ ...register({ token: TOKEN }), [field]: '' }));
      const { payload } = await expectProblem(client, 'INVALID_ENVELOPE', false);
      expect(payload.message).toBe(`${field} is required`);
      await client.untilEnd();
    },
  );

  test('without a payload: INVALID_ENVELOPE that names it, close', async () => {
    const { payload: _none, command: _word, type: _kind, correlation_id: _id, ...header } = envelope({});
    client.socket.write(frameOf(envelopeType.encode(envelopeType.fromObject(header)).finish()));
    const { payload } = await expectProblem(client, 'INVALID_ENVELOPE', false);
    expect(payload.message).toBe('payload is required');
    await client.untilEnd();
  });

  test('of no bytes at all: INVALID_ENVELOPE, close', async () => {
    client.socket.write(frameOf(Buffer.alloc(0)));
    await expectProblem(client, 'INVALID_ENVELOPE', false);
    await client.untilEnd();
  });

  test.each([
    ['a mebibyte and one', 1_048_577],
    ['four gigabytes', 0xffff_ffff],
  ])('that announces %s: LIMIT_EXCEEDED before the bytes come, close', async (_name, length) => {
    const header = Buffer.from([0xae, 0, 0, 0, 0]);
    header.writeUInt32BE(length, 1);
    client.socket.write(header);
    const { payload } = await expectProblem(client, 'LIMIT_EXCEEDED', false);
    expect(payload.message).toContain('1048576');
    await client.untilEnd();
  });

  test('of a mebibyte is read, unknown fields are ignored', async () => {
    const body = bodyOf(register({ token: TOKEN }));
    // Field 100 with bytes: four bytes of length after its tag of two.
    const filler = Buffer.alloc(1_048_576 - body.length - 5);
    client.socket.write(frameOf(Buffer.concat([body, Buffer.from([0xa2, 0x06]), varint3(filler.length), filler])));
    await client.expect('REGISTERED');
  });
});

describe('in the handshake', () => {
  test('a state that the schema does not have: INVALID_PAYLOAD that names the field, close', async () => {
    await client.register({ token: TOKEN });
    client.send(stateUpdate('DREAMING'));
    const { payload } = await expectProblem(client, 'INVALID_PAYLOAD', false);
    expect(payload.message).toMatch(/^payload\.state: /);
    await client.untilEnd();
  });

  test('a line of JSON after a frame: DECODE_ERROR in a frame, close', async () => {
    await client.register({ token: TOKEN });
    client.socket.write(`${JSON.stringify(envelope(stateUpdate('INITIALIZING')))}\n`);
    const { payload } = await expectProblem(client, 'DECODE_ERROR', false);
    expect(payload.message).toBe('a frame begins with 0x7B instead of 0xAE');
    await client.untilEnd();
  });
});

describe('in the running phase', () => {
  beforeEach(async () => {
    await client.run({ token: TOKEN, componentId: 'cmp-1' });
  });

  test('a payload that only a later version of the schema has: UNKNOWN_COMMAND, and the connection survives', async () => {
    const [id] = client.send({ command: 'NEWS' });
    const answer = await expectProblem(client, 'UNKNOWN_COMMAND', true);
    expect(answer).toMatchObject({ correlation_id: id, payload: { message: 'unknown command "payload 63"' } });
    await expectAlive(client);
  });

  test('of several payloads in one frame the last counts, as in every implementation of Protocol Buffers', async () => {
    client.socket.write(frameOf(Buffer.concat([bodyOf(stateUpdate('SHUTDOWN')), bodyOf(PING)])));
    await client.expect('PONG');
    await expectAlive(client);
  });

  test('a broken frame ends the connection without an answer', async () => {
    client.socket.write(frameOf(Buffer.from('0b0b0b', 'hex')));
    expect(await client.untilEnd()).toEqual([]);
    await until(() => fixture.port.reported('disconnected').length === 1, 'the end is reported');
  });
});

describe('two dialects on one socket', () => {
  test('components of both are in one session, each answered in its own', async () => {
    const json = await fixture.connect('json');
    const [first, second] = await Promise.all([
      client.run({ token: TOKEN, componentId: 'cmp-binary' }),
      json.run({ token: TOKEN, componentId: 'cmp-json' }),
    ]);
    expect(first.configure.payload).toEqual(second.configure.payload);
    expect(fixture.server.status()).toHaveLength(2);
  });

  test('a component may come back in the other dialect', async () => {
    const before = await client.run({ token: TOKEN, componentId: 'cmp-1' });
    const json = await fixture.connect('json');
    const after = await json.run({ token: TOKEN, componentId: 'cmp-1' });
    await client.untilEnd();
    expect(after.configure.payload).toEqual(before.configure.payload);
    json.send(ack(null));
    await expectAlive(json);
  });

  test('frames are not filled up: the whole handshake is smaller than two lines', async () => {
    await client.run({ token: TOKEN });
    const bytes = client.lines.reduce((sum, line) => sum + line.bytes, 0);
    expect(client.lines).toHaveLength(6);
    expect(bytes).toBeLessThan(1_200);
  });
});

/** A varint of exactly three bytes: any length below 2 MiB. */
function varint3(value: number): Buffer {
  return Buffer.from([(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14]);
}
