import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOrder, encodeOrder, runBytes, runTopic } from '../../src/model/wire/order.ts';
import { SLICE_BYTES, SLICE_ROWS } from '../../src/model/wire/slice-limits.ts';
import { SliceSource } from '../../src/orchestrator/slice-source.ts';
import { DAY_START_MS, expectedStream, memorySource, syntheticRows, type TestTopic } from './rows.ts';

const SESSION = 's1';
const EVERYTHING = { from: 0, to: 8e12 };
const TOPICS = ['trades.BTCUSDT', 'aggTrades.BTCUSDT', 'aggTrades.ETHUSDT', 'klines.BTCUSDT.1m'];

/** Puts the lines of the topics together by the order on the wire, as a receiver does. */
function nextSlice(source: SliceSource, maxRows = SLICE_ROWS): string {
  source.cut(maxRows);
  const arena = Buffer.alloc(source.runs.bytes);
  source.renderer.render(source.runs, arena);
  const read = new Map<number, number>();
  let text = '';
  for (const word of decodeOrder(encodeOrder(source.runs.words()))) {
    const from = read.get(runTopic(word)) ?? 0;
    const to = from + runBytes(word);
    text += source.renderer.lines(runTopic(word), arena).toString('utf8', from, to);
    read.set(runTopic(word), to);
  }
  return text;
}

function wholeStream(source: SliceSource, maxRows = SLICE_ROWS): string {
  let text = '';
  while (!source.done) text += nextSlice(source, maxRows);
  return text;
}

function sourceOf(topics: readonly TestTopic[], range = EVERYTHING, batchRows = 16): SliceSource {
  return new SliceSource({
    sessionId: SESSION,
    topics: topics.map((topic) => memorySource(topic, batchRows)),
    ...range,
  });
}

/** Few distinct times, so that ties within and between topics are the rule; times around the change to 13 digits. */
const topicsArbitrary = fc
  .array(
    fc.array(
      fc.record({ step: fc.integer({ min: 0, max: 3 }), text: fc.string({ unit: 'grapheme', maxLength: 12 }) }),
      { maxLength: 60 },
    ),
    { minLength: 1, maxLength: TOPICS.length },
  )
  .chain((lists) => fc.record({ lists: fc.constant(lists), start: fc.constantFrom(999_999_999_998_000, 1.7e15) }))
  .map(({ lists, start }) =>
    lists.map((list, index): TestTopic => {
      let timeUs = start;
      const rows = list.map(({ step, text }) => {
        timeUs += step * 700;
        return { timeUs, json: JSON.stringify({ text }) };
      });
      const half = Math.floor(rows.length / 2);
      return { topic: TOPICS[index] ?? '', tapes: [rows.slice(0, half), rows.slice(half)] };
    }),
  );

describe('merge', () => {
  it('gives the same stream as an independent sort of all rows, whatever the ties, tapes and batches', () => {
    fc.assert(
      fc.property(topicsArbitrary, fc.integer({ min: 1, max: 20 }), (topics, batchRows) => {
        expect(wholeStream(sourceOf(topics, EVERYTHING, batchRows))).toBe(expectedStream(SESSION, topics));
      }),
    );
  });

  it('delivers rows of `from` and not of `to`, to the millisecond', () => {
    fc.assert(
      fc.property(topicsArbitrary, fc.nat(60), fc.nat(60), (topics, skip, length) => {
        const from = 1.7e12 + skip;
        const range = { from, to: from + length };
        const expected = expectedStream(SESSION, topics, undefined, range);
        expect(wholeStream(sourceOf(topics, range))).toBe(expected);
      }),
    );
  });

  it('cuts slices by rows and bytes only, never above their limits', () => {
    const wide = { timeUs: DAY_START_MS * 1_000, json: JSON.stringify({ text: 'y'.repeat(100_000) }) };
    const topics = [
      { topic: 'trades.BTCUSDT', tapes: [syntheticRows(5_000)] },
      { topic: 'aggTrades.BTCUSDT', tapes: [Array.from({ length: 40 }, () => wide)] },
    ];
    const source = sourceOf(topics, EVERYTHING, 1_000);
    const sizes: { rows: number; bytes: number }[] = [];
    while (!source.done) {
      source.cut();
      sizes.push({ rows: source.runs.rows, bytes: source.runs.bytes });
    }
    expect(sizes.reduce((sum, { rows }) => sum + rows, 0)).toBe(5_040);
    expect(sizes.every(({ rows, bytes }) => rows <= SLICE_ROWS && bytes <= SLICE_BYTES)).toBe(true);
    expect(sizes.some(({ rows }) => rows === SLICE_ROWS)).toBe(true);
    expect(sizes.some(({ rows, bytes }) => rows < SLICE_ROWS && bytes > SLICE_BYTES - 110_000)).toBe(true);
  });

  it('goes back to any slice border and on from there with identical bytes', async () => {
    const topics = TOPICS.map((topic, index) => ({ topic, tapes: [syntheticRows(3_000, { seed: index + 1 })] }));
    const source = sourceOf(topics, EVERYTHING, 500);
    const borders = new Map<number, string>();
    while (!source.done) {
      const seq = source.seq;
      borders.set(seq, nextSlice(source, 97));
    }
    const never = new AbortController().signal;
    for (const seq of [...borders.keys()].reverse().filter((_, index) => index % 7 === 0)) {
      await source.seek(seq, never);
      expect(source.seq).toBe(seq);
      expect(nextSlice(source, 97)).toBe(borders.get(seq));
    }
  });

  it('resumes from a checkpoint that went through JSON, and still reaches what lies before it', async () => {
    const topics = TOPICS.map((topic, index) => ({ topic, tapes: [syntheticRows(4_000, { seed: index + 1 })] }));
    const first = sourceOf(topics, EVERYTHING, 500);
    const slices: string[] = [];
    while (!first.done) slices.push(nextSlice(first, 50));
    first.prune(10_000);
    const { checkpoint } = first;
    expect(checkpoint.seq).toBeGreaterThan(0);
    expect(checkpoint.seq).toBeLessThanOrEqual(10_000);

    const second = new SliceSource({
      sessionId: SESSION,
      topics: topics.map((topic) => memorySource(topic, 500)),
      ...EVERYTHING,
      resume: JSON.parse(JSON.stringify(checkpoint)),
    });
    const never = new AbortController().signal;
    for (const seq of [checkpoint.seq + 50, 50]) {
      await second.seek(seq, never);
      expect(nextSlice(second, 50)).toBe(slices[seq / 50]);
    }
  });

  it('refuses a tape whose rows go back in time', () => {
    const rows = [
      { timeUs: 2_000, json: '{}' },
      { timeUs: 1_000, json: '{}' },
    ];
    expect(() => sourceOf([{ topic: 'trades.BTCUSDT', tapes: [rows] }])).toThrow(/earlier than the row before it/);
  });
});
