import { describe, expect, it } from 'vitest';
import { openColumnMessage } from '../../src/model/wire/column-message.ts';
import { PACK_SLICES, SLICE_BYTES, SLICE_ROWS } from '../../src/model/wire/slice-limits.ts';
import { slicesThatFit } from '../../src/orchestrator/columns/message-limit.ts';
import { SliceSource } from '../../src/orchestrator/slice-source.ts';
import { memorySource, syntheticRows, type TestTopic } from './rows.ts';

const TRADES: TestTopic[] = [
  { topic: 'trades.BTCUSDT', tapes: [syntheticRows(9_000, { seed: 1 })] },
  { topic: 'aggTrades.ETHUSDT', tapes: [syntheticRows(8_000, { seed: 3 })] },
];

/** `plain`: its tapes have no typed columns. */
function sourceOf({ plain, borders = [] }: { readonly plain: boolean; readonly borders?: readonly number[] }) {
  const topics = TRADES.map((topic) => ({
    ...memorySource(topic, 500),
    openColumns: () => ({ plain, batch: () => [], close: () => undefined }),
  }));
  return new SliceSource({ sessionId: 's1', topics, from: 0, to: 8e12, borders });
}

/** Where each cut ends. */
function endsOf(source: SliceSource, cut: () => void): number[] {
  const ends: number[] = [];
  while (!source.done) {
    cut();
    ends.push(source.seq);
  }
  return ends;
}

describe('the slices of a message of columns', () => {
  it('end where slices of lines end, several at a time', () => {
    const lines = sourceOf({ plain: false });
    const single = endsOf(lines, () => lines.cut());
    const columns = sourceOf({ plain: false });
    const several = endsOf(columns, () => columns.cutForColumns());
    expect(several).toEqual(single.filter((end, place) => (place + 1) % PACK_SLICES === 0 || end === single.at(-1)));
    expect(several.length).toBeLessThan(single.length);
  });

  it('are cut where topics joined the stream', () => {
    const borders = [5_000];
    const lines = sourceOf({ plain: false, borders });
    const single = endsOf(lines, () => lines.cut());
    const columns = sourceOf({ plain: false, borders });
    const several = endsOf(columns, () => columns.cutForColumns());
    expect(single).toContain(5_000);
    expect(several.every((end) => single.includes(end))).toBe(true);
  });

  it('travel one by one where tapes have only text', () => {
    const source = sourceOf({ plain: true });
    source.cutForColumns();
    expect(source.seq).toBe(SLICE_ROWS);
    expect(slicesThatFit(['aggTrades.BTCUSDT', 'orderBook.BTCUSDT.100ms'])).toBe(1);
  });

  it.each([
    [['aggTrades.BTCUSDT']],
    [['klineUpdates.BTCUSDT.1m', 'klines.BTCUSDT.1m', 'trades.BTCUSDT', 'metrics.BTCUSDT', 'bookDepth.BTCUSDT']],
    [Array.from({ length: 1_000 }, (_, index) => `klines.X${index}.1m`)],
  ])('fit into a message however their rows follow each other: %j', (topics) => {
    const slices = slicesThatFit(topics);
    const rows = slices * SLICE_ROWS;
    const each = Math.floor(rows / topics.length);
    const shape = {
      firstSeq: Number.MAX_SAFE_INTEGER,
      rows,
      runs: rows,
      blocks: topics.map((_, topic) => ({
        topic,
        rows: topic === 0 ? rows - each * (topics.length - 1) : each,
        plain: false,
        textBytes: [],
      })),
    };
    const { payload } = openColumnMessage(topics, shape, (bytes) => Buffer.alloc(bytes));
    expect(payload.length).toBeLessThanOrEqual(SLICE_BYTES);
    expect(slices).toBeGreaterThan(1);
  });
});
