import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DirectMessage, DirectReader, encodeDirect } from '../../src/model/wire/direct-message.ts';

const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const message: fc.Arbitrary<DirectMessage> = fc.record({
  subject: fc.constantFrom('aegis.s1.trades.BTCUSDT', 'aegis.s1.klines.ETHUSDT.1m'),
  payload: fc.uint8Array({ maxLength: 300 }),
  at: fc.record({ run: natural, epoch: natural, seq: natural, rows: natural, ts: natural }),
});

function plain({ subject, payload, at }: DirectMessage) {
  return { subject, payload: [...payload], at };
}

describe('messages on the direct socket', () => {
  it('are read as they were written, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(2_000)), (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(encodeDirect));
        const reader = new DirectReader();
        const read: DirectMessage[] = [];
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        for (const [index, from] of places.entries()) {
          // A copy, as every read of a socket has memory of its own.
          reader.read(Buffer.from(bytes.subarray(from, places[index + 1])), (each) => read.push(each));
          if (index === places.length - 2) break;
        }
        expect(read.map(plain)).toEqual(messages.map(plain));
      }),
    );
  });

  it.each([
    ['GET / HTTP/1.1\n', 'a request of something else'],
    ['aegis.s1.trades.BTCUSDT 99999999999 1 1 0 1 0\n', 'a payload that nobody sends'],
    ['aegis.s1.trades.BTCUSDT 3 1 1 0 x 0\nabc', 'a position that is none'],
  ])('%j is refused: %s', (text) => {
    expect(() => new DirectReader().read(Buffer.from(text), () => undefined)).toThrow(
      expect.objectContaining({ code: 'STREAM_FAILED' }),
    );
  });
});
