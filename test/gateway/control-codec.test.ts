import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Inbound } from '../../src/model/protocol/inbound.ts';
import { jsonCodec } from '../../src/model/protocol/json-codec.ts';
import { ACK, seal } from '../../src/model/protocol/outgoing.ts';
import { configureFits, LINE_LENGTHS, padLine } from '../../src/model/protocol/padding.ts';
import { PROTOCOL_ERROR_CODES } from '../../src/model/protocol/protocol-error.ts';
import { ack, envelope, register, stateUpdate } from '../support/control-client.ts';

const decoder = (maxFrameBytes = 1_048_576) => jsonCodec.createDecoder({ maxFrameBytes });

function decodeAll(pieces: readonly Uint8Array[], maxFrameBytes?: number): Inbound[] {
  const target = decoder(maxFrameBytes);
  return pieces.flatMap((piece) => [...target.push(piece)]);
}

const SESSION = [register({ token: 'tökén' }), stateUpdate('INITIALIZING'), ack('m1')]
  .map((message) => `${JSON.stringify(envelope(message))}\n`)
  .join('\n \n');

describe('lines that are sent', () => {
  test.each([
    [511, 512],
    [512, 1536],
    [1535, 1536],
    [1536, 3584],
    [7680, 15_872],
    [32_255, 32_256],
    [32_256, 65_024],
    [65_023, 65_024],
  ])('%i bytes of JSON become a line of %i bytes', (json, length) => {
    const line = padLine('x'.repeat(json));
    expect(line).toHaveLength(length);
    expect(line.indexOf(10)).toBe(length - 1);
  });

  test('the length counts bytes, not characters', () => {
    expect(padLine(`"${'é'.repeat(250)}"`)).toHaveLength(512);
    expect(padLine(`"${'é'.repeat(255)}"`)).toHaveLength(1536);
  });

  test('no line reaches the 65,536 bytes at which Python stops reading', () => {
    expect(Math.max(...LINE_LENGTHS)).toBeLessThan(65_536);
    expect(() => padLine('x'.repeat(65_024))).toThrow(RangeError);
  });

  test('a CONFIGURE that is said to fit can be encoded, with the longest path and ids', () => {
    let filler = '';
    while (configureFits([], { filler: `${filler}x`.repeat(1) })) filler += 'x'.repeat(64);
    const body = {
      type: 'CONFIG',
      command: 'CONFIGURE',
      payload: { data_stream_socket: `/${'p'.repeat(106)}`, topics: [], config: { filler: filler.slice(64) } },
    } as const;
    const options = { messageId: 'x'.repeat(36), correlationId: null, componentId: 'c'.repeat(128), now: 0 };
    expect(filler.length).toBeGreaterThan(60_000);
    expect(jsonCodec.encode(seal(body, options)).length).toBeLessThan(65_536);
  });

  test('an answer to the longest message id fits', () => {
    const options = { messageId: 'x', correlationId: '\u0001'.repeat(256), componentId: undefined, now: 0 };
    expect(jsonCodec.encode(seal(ACK, options)).length).toBe(3584);
  });
});

describe('lines that are read', () => {
  test('in whatever pieces the bytes come, the messages are the same', () => {
    const bytes = Buffer.from(SESSION);
    const whole = decodeAll([bytes]);
    expect(whole.map((inbound) => inbound.type === 'message' && inbound.message.type)).toEqual([
      'register',
      'stateUpdate',
      'ack',
    ]);
    expect(decodeAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(decodeAll(pieces)).toEqual(whole);
      }),
    );
  });

  test('any bytes give messages or named problems, never an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
        for (const inbound of decodeAll(pieces, 1_000)) expectNamed(inbound);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any JSON in place of a field gives a message or a named problem', () => {
    const base = envelope(register({ token: 't' }));
    const fields = Object.keys(base);
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const [inbound] = decodeAll([Buffer.from(`${JSON.stringify({ ...base, [field]: value })}\n`)]);
        expect(inbound).toBeDefined();
        if (inbound !== undefined) expectNamed(inbound);
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing is read after a line that is too long', () => {
    const bytes = Buffer.from(`${'x'.repeat(101)}\n${SESSION}`);
    const inbound = decodeAll([bytes, Buffer.from(SESSION)], 100);
    expect(inbound).toMatchObject([{ type: 'problem', problem: { code: 'LIMIT_EXCEEDED' } }]);
  });
});

function expectNamed(inbound: Inbound): void {
  if (inbound.type === 'message') return;
  expect(PROTOCOL_ERROR_CODES).toContain(inbound.problem.code);
  expect(inbound.problem.message.length).toBeLessThan(500);
}
