import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPONENT_STATES } from '../../src/model/component-state.ts';
import { binaryCodec } from '../../src/model/protocol/binary-codec.ts';
import { FirstByteCodec } from '../../src/model/protocol/first-byte-codec.ts';
import type { Inbound } from '../../src/model/protocol/inbound.ts';
import { jsonCodec } from '../../src/model/protocol/json-codec.ts';
import { ACK, type OutgoingBody, PING, REBORN, SHUTDOWN, seal } from '../../src/model/protocol/outgoing.ts';
import { configureFits } from '../../src/model/protocol/padding.ts';
import { PROTOCOL_ERROR_CODES } from '../../src/model/protocol/protocol-error.ts';
import { ack, envelope, register, stateUpdate } from '../support/control-client.ts';
import type { WireMessage } from '../support/wire.ts';
import { frameOf } from '../support/wire-binary.ts';
import { WIRE_OF } from '../support/wires.ts';

const OPTIONS = { messageId: 'm1', correlationId: 'c1', componentId: 'cmp-1', now: 1_777_887_000_123 };

function decodeAll(pieces: readonly Uint8Array[], maxFrameBytes = 1_048_576, codec = binaryCodec): Inbound[] {
  const decoder = codec.createDecoder({ maxFrameBytes });
  return pieces.flatMap((piece) => [...decoder.push(piece)]);
}

const SESSION = [register({ token: 'tökén' }), stateUpdate('INITIALIZING'), ack('m1')].map(envelope);

describe('frames that are sent', () => {
  test('an ACK, byte for byte: any language can check itself against this', () => {
    const bytes = binaryCodec.encode(seal(ACK, OPTIONS));
    const header = 'ae00000031';
    const version = '0a05302e312e30';
    const ids = '12026d311a026331';
    const time = '20bbecca92df33';
    const source = '2a056165676973';
    const target = '320f636f6d706f6e656e743a636d702d31';
    const payload = '9a0100';
    expect(Buffer.from(bytes).toString('hex')).toBe([header, version, ids, time, source, target, payload].join(''));
  });

  const bodies: readonly OutgoingBody[] = [
    ACK,
    PING,
    REBORN,
    SHUTDOWN,
    {
      type: 'LIFECYCLE',
      command: 'REGISTERED',
      payload: { component_id: 'cmp-1', session_id: 's', state: 'REGISTERED' },
    },
    {
      type: 'CONFIG',
      command: 'CONFIGURE',
      payload: {
        data_stream_socket: '/d',
        topics: ['trades.é'],
        config: { window: 20, factor: 2.5, deep: { a: [null] } },
      },
    },
    ...COMPONENT_STATES.map((state): OutgoingBody => {
      return { type: 'HEARTBEAT', command: 'PONG', payload: { state, uptime_seconds: 7 } };
    }),
    ...PROTOCOL_ERROR_CODES.map((code): OutgoingBody => {
      return { type: 'ERROR', command: 'RUNTIME_ERROR', payload: { code, message: 'é', recoverable: true } };
    }),
  ];
  test.each(bodies)('$command says the same in both dialects', (body) => {
    const message = seal(body, OPTIONS);
    const binary = WIRE_OF.binary.split(Buffer.from(binaryCodec.encode(message)));
    const json = WIRE_OF.json.split(Buffer.from(jsonCodec.encode(message)));
    expect(binary.frames.map((frame) => frame.message)).toEqual(json.frames.map((frame) => frame.message));
    expect(binary.rest).toHaveLength(0);
  });

  test('the largest CONFIGURE that is said to fit is smaller than 65,536 bytes', () => {
    let filler = '"'.repeat(64);
    while (configureFits([], { filler })) filler += '"'.repeat(64);
    const body = {
      type: 'CONFIG',
      command: 'CONFIGURE',
      payload: { data_stream_socket: `/${'p'.repeat(106)}`, topics: [], config: { filler: filler.slice(64) } },
    } as const;
    const bytes = binaryCodec.encode(seal(body, { ...OPTIONS, componentId: 'c'.repeat(128) }));
    expect(bytes.length).toBeGreaterThan(60_000);
    expect(bytes.length).toBeLessThan(65_536);
  });
});

describe('frames that are read', () => {
  test('in whatever pieces the bytes come, the messages are the same', () => {
    const bytes = Buffer.concat(SESSION.map((message) => WIRE_OF.binary.encode(message)));
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
        expect(decodeAll(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)))).toEqual(whole);
      }),
    );
  });

  test('a message is read as the same in both dialects', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const texts = fc.array(text, { maxLength: 3 });
    const capabilities = fc.record({
      supported_symbols: texts,
      supported_timeframes: texts,
      supported_orderbook_speeds: texts,
      requires_streams: texts,
    });
    const message = fc.oneof(
      fc
        .tuple(text, text, capabilities)
        .map(([token, name, declared]) => register({ token, name, capabilities: declared })),
      fc.constantFrom(...COMPONENT_STATES).map(stateUpdate),
      fc.record({ code: text, message: text, recoverable: fc.boolean() }).map((payload): Partial<WireMessage> => {
        return { type: 'ERROR', command: 'RUNTIME_ERROR', payload };
      }),
      fc
        .record({ source: text, target: text, message_id: text })
        .map((fields) => ({ ...stateUpdate('READY'), ...fields })),
      fc.constantFrom('REBORN', 'CONFIGURE', 'REGISTERED', 'SHUTDOWN').map((command) => ({ command })),
    );
    fc.assert(
      fc.property(message, (partial) => {
        const sealed = envelope(partial);
        const binary = decodeAll([WIRE_OF.binary.encode(sealed)]);
        expect(binary).toEqual(decodeAll([WIRE_OF.json.encode(sealed)], 1_048_576, jsonCodec));
        expect(binary).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  test('any bytes in a frame give a message or a named problem, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        const [inbound, ...more] = decodeAll([frameOf(body)]);
        expect(more).toEqual([]);
        if (inbound?.type !== 'message') expect(PROTOCOL_ERROR_CODES).toContain(inbound?.problem.code);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['without the mark', Buffer.from('{}\n')],
    ['longer than the limit', frameOf(Buffer.alloc(101))],
  ])('nothing is read after a frame %s', (_name, bytes) => {
    const next = WIRE_OF.binary.encode(envelope(ack(null)));
    expect(decodeAll([Buffer.concat([bytes, next]), next], 100)).toHaveLength(1);
  });

  test('a header alone takes no memory for what it announces', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 1_000 }, () => binaryCodec.createDecoder({ maxFrameBytes: 1_048_576 }));
    const header = Buffer.from([0xae, 0x00, 0x10, 0x00, 0x00]);
    for (const decoder of decoders) expect(decoder.push(header)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('the first byte of a connection', () => {
  const answer = seal(ACK, OPTIONS);
  const firstByteOf = (codec: FirstByteCodec) => codec.encode(answer)[0];

  test('0xAE is the binary dialect, from then on and in both directions', () => {
    const codec = new FirstByteCodec();
    const decoder = codec.createDecoder({ maxFrameBytes: 1_000 });
    const bytes = WIRE_OF.binary.encode(envelope(ack(null)));
    expect(decoder.push(bytes.subarray(0, 1))).toEqual([]);
    expect(decoder.push(bytes.subarray(1))).toMatchObject([{ type: 'message', message: { type: 'ack' } }]);
    expect(firstByteOf(codec)).toBe(0xae);
  });

  test('every other byte is JSON, and so is a connection that says nothing', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const codec = new FirstByteCodec();
      const decoder = codec.createDecoder({ maxFrameBytes: 1_000 });
      expect(decoder.push(new Uint8Array())).toEqual([]);
      expect(firstByteOf(codec)).toBe(0x7b);
      decoder.push(Buffer.of(byte));
      expect(firstByteOf(codec)).toBe(byte === 0xae ? 0xae : 0x7b);
    }
  });

  test('no text in UTF-8 begins with 0xAE', () => {
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.of(0xae, 0x7b, 0x7d))).toThrow(TypeError);
  });
});
