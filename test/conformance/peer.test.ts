import { describe, expect, it } from 'vitest';
import { numberedRow, sampleRow } from '../../src/conformance/peer/sample-rows.ts';
import { StreamPosition } from '../../src/conformance/peer/stream-position.ts';
import { inPieces, withUnknownFields } from '../../src/conformance/peer/wire-form.ts';
import { WireReader } from '../../src/conformance/peer/wire-reader.ts';
import { binaryCodec } from '../../src/model/protocol/binary-codec.ts';
import { FirstByteCodec } from '../../src/model/protocol/first-byte-codec.ts';
import { jsonCodec } from '../../src/model/protocol/json-codec.ts';
import { PING, seal } from '../../src/model/protocol/outgoing.ts';

const ping = seal(PING, { messageId: 'p1', correlationId: null, componentId: 'cmp-1', now: 1_777_887_000_123 });
const reader = () => new WireReader({ codec: new FirstByteCodec(), maxBytes: 1_024 });
const CODECS = { json: jsonCodec, binary: binaryCodec } as const;
const TYPES = ['trades', 'aggTrades', 'klines', 'bookDepth', 'metrics', 'orderBook', 'klineUpdates'];

describe.each(['json', 'binary'] as const)('reading the %s dialect', (dialect) => {
  it('finds messages in single bytes, with their fields and what Aegis makes of them', () => {
    const bytes = Buffer.concat([CODECS[dialect].encode(ping), CODECS[dialect].encode(ping)]);
    const wire = reader();
    const found = [...bytes].flatMap((byte) => wire.push(Uint8Array.of(byte)));
    expect(found).toHaveLength(2);
    expect(found[1]).toMatchObject({
      dialect,
      fields: { message_id: 'p1', command: 'PING' },
      inbound: { type: 'message', message: { type: 'ping', id: 'p1' } },
    });
  });

  it('understands messages with unknown fields, which is what components have to do', () => {
    const encoded = CODECS[dialect].encode(ping);
    const strange = withUnknownFields(dialect, encoded);
    expect(Buffer.from(strange)).not.toEqual(Buffer.from(encoded));
    expect(reader().push(strange)).toMatchObject([{ inbound: { message: { type: 'ping', id: 'p1' } } }]);
  });
});

describe('reading what is no message', () => {
  it('keeps the text of a line that is not JSON', () => {
    expect(reader().push(Buffer.from('hello\n'))).toMatchObject([
      { dialect: 'json', fields: { text: 'hello' }, inbound: { problem: { code: 'DECODE_ERROR' } } },
    ]);
  });

  it('stops at a frame that claims to be too long', () => {
    const wire = reader();
    expect(wire.push(Buffer.from([0xae, 0xff, 0xff, 0xff, 0xff]))).toMatchObject([
      { dialect: 'binary', inbound: { problem: { code: 'LIMIT_EXCEEDED' } } },
    ]);
    expect(wire.push(Buffer.alloc(100))).toEqual([]);
  });
});

it('a message in pieces is the same message', () => {
  const encoded = jsonCodec.encode(ping);
  expect(inPieces(encoded)).toHaveLength(3);
  expect(Buffer.concat(inPieces(encoded))).toEqual(Buffer.from(encoded));
});

describe('invented rows', () => {
  const rows = { sessionId: 's1', topics: TYPES.map((type) => `${type}.BTCUSDT.1m`), unknownFields: false };

  it('have the fields of docs/component-protocol.md, none of them null, in the order of time', () => {
    const read = TYPES.map((_, n) => JSON.parse(sampleRow(rows, n)));
    for (const [n, row] of read.entries()) {
      expect(Object.keys(row)).toEqual(['session_id', 'topic', 'ts', 'data']);
      expect(row.topic).toBe(`aegis.s1.${TYPES[n]}.BTCUSDT.1m`);
      expect(Object.values(row.data).length).toBeGreaterThan(3);
      expect(Object.values(row.data)).not.toContain(null);
    }
    expect(read.map(({ ts }) => ts)).toEqual(read.map(({ ts }) => ts).sort());
  });

  it('carry their number after ts when it is asked for', () => {
    expect(numberedRow(rows, 3)).toMatch(/"ts":\d+,"seq":3,"data":/);
    expect(numberedRow(rows, 3).replace('"seq":3,', '')).toBe(sampleRow(rows, 3));
  });
});

describe('the next row of a new connection', () => {
  const nextAfter = (claim: Parameters<StreamPosition['begin']>[0], acked = 0): number => {
    const position = new StreamPosition();
    position.wrote([100, 200, 300]);
    position.acknowledged(acked);
    position.begin(claim);
    return position.next;
  };

  it.each([
    ['nothing', {}, 3],
    ['all that was written', { received: 600 }, 3],
    ['less: the row that was lost comes again', { received: 300 }, 2],
    ['nothing received', { received: 0 }, 0],
    ['the start', { from: 'start' as const }, 0],
    ['a row', { from: 1, run: 1 }, 1],
    ['a row of another run, which does not count', { from: 1, run: 7 }, 3],
    ['a row that was never written', { from: 9 }, 3],
    ['the next row, without acknowledgements', { from: 'next' as const }, 3],
  ])('that says %s', (_, claim, next) => {
    expect(nextAfter(claim)).toBe(next);
  });

  it('is the first that was not acknowledged', () => {
    expect(nextAfter({ from: 'next' }, 2)).toBe(2);
  });

  it('is the first of the run after REBORN, and rows that come again are not counted twice', () => {
    const position = new StreamPosition();
    position.wrote([100, 200]);
    position.begin({ from: 'start' });
    position.wrote([100]);
    expect(position.written).toEqual({ rows: 2, bytes: 300 });
    position.reborn();
    expect({ run: position.run, next: position.next, written: position.written }).toEqual({
      run: 2,
      next: 0,
      written: { rows: 0, bytes: 0 },
    });
  });
});
