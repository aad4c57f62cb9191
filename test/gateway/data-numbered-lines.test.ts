import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberLines, wholeLines } from '../../src/gateway/data/numbered-lines.ts';

const TOPICS = ['aegis.s-1.trades.A', 'aegis.s-1.klines.BTCUSDT.1m', 'aegis.s-1.aggTrades.ETHUSDT'];

interface Row {
  readonly topic: number;
  readonly ts: number;
  /** What a search for the envelope's end could take for it. */
  readonly data: object;
}

function line({ topic, ts, data }: Row, seq?: number): string {
  const number = seq === undefined ? '' : `,"seq":${seq}`;
  return `{"session_id":"s-1","topic":"${TOPICS[topic]}","ts":${ts}${number},"data":${JSON.stringify(data)}}\n`;
}

const row: fc.Arbitrary<Row> = fc.record({
  topic: fc.nat(TOPICS.length - 1),
  ts: fc.integer({ min: 0, max: 2e12 }),
  data: fc.oneof(
    fc.record({ x: fc.string({ maxLength: 300 }) }),
    fc.constant({ topic: 'y', ts: 1, seq: 2, data: { data: 3 } }),
  ),
});

describe('lines with numbers', () => {
  it('have their numbers between time and data, whatever the data are and wherever one write ends', () => {
    const first = fc.oneof(fc.nat(120), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 100 }));
    const limit = fc.oneof(fc.constant(64 * 1024), fc.integer({ min: 1, max: 2_000 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), first, limit, (rows, firstSeq, most) => {
        const lines = Buffer.from(rows.map((each) => line(each)).join(''));
        const expected = rows.map((each, index) => line(each, firstSeq + index));
        let [place, taken] = [0, 0];
        while (place < lines.length) {
          const numbered = numberLines(lines, place, firstSeq + taken, most);
          const { bytes, count, ends, plainEnds } = numbered;
          const part = expected.slice(taken, taken + count);
          expect(bytes.toString()).toBe(part.join(''));
          expect(count === 1 || bytes.length <= most).toBe(true);
          const sizes = part.map((text) => Buffer.byteLength(text));
          expect([...ends.subarray(0, count)]).toEqual(sizes.map((_, index) => sum(sizes.slice(0, index + 1))));
          for (const [index, end] of ends.subarray(0, count).entries()) {
            expect([wholeLines(numbered, end - 1), wholeLines(numbered, end)]).toEqual([index, index + 1]);
          }
          taken += count;
          place = plainEnds[count - 1] ?? lines.length;
          expect(lines.toString('utf8', 0, place)).toBe(
            rows
              .slice(0, taken)
              .map((each) => line(each))
              .join(''),
          );
        }
        expect(taken).toBe(rows.length);
      }),
    );
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
