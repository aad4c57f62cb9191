import { RecordBatchReader } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrowSchema } from '../../../src/gateway/data/arrow/arrow-schema.ts';
import { ColumnGroup } from '../../../src/gateway/data/arrow/column-group.ts';
import { PIECE_ROWS } from '../../../src/gateway/data/arrow/column-hash.ts';
import { AGG_TRADE_COLUMNS } from '../../../src/market/binance/record/agg-trade.ts';
import { BOOK_DEPTH_COLUMNS } from '../../../src/market/binance/record/book-depth.ts';
import { KLINE_COLUMNS } from '../../../src/market/binance/record/kline.ts';
import { METRICS_COLUMNS } from '../../../src/market/binance/record/metrics.ts';
import { TRADE_COLUMNS } from '../../../src/market/binance/record/trade.ts';
import { type ColumnBlock, int64At, setInt64 } from '../../../src/model/wire/column-block.ts';
import { decodeColumnMessage, openColumnMessage } from '../../../src/model/wire/column-message.ts';
import { blockColumns, columnsOf } from '../../../src/model/wire/columns.ts';
import { runWord } from '../../../src/model/wire/order.ts';
import { PACK_ROWS, SLICE_ROWS } from '../../../src/model/wire/slice-limits.ts';
import { recordedColumns } from '../../../src/tape/recorded-columns.ts';

const TOPICS = [
  'trades.BTCUSDT',
  'aggTrades.BTCUSDT',
  'klines.BTCUSDT.1m',
  'metrics.BTCUSDT',
  'orderBook.BTCUSDT.100ms',
];

interface Described {
  readonly name: string;
  readonly kind: string;
}

function described(columns: readonly Described[]): Described[] {
  return columns.map(({ name, kind }) => ({ name, kind }));
}

describe('the columns of a type', () => {
  it.each([
    ['trades', TRADE_COLUMNS],
    ['aggTrades', AGG_TRADE_COLUMNS],
    ['klines', KLINE_COLUMNS],
    ['bookDepth', BOOK_DEPTH_COLUMNS],
    ['metrics', METRICS_COLUMNS],
  ] as const)('%s are those of its tapes', (type, columns) => {
    expect(described(columnsOf(`${type}.BTCUSDT`))).toEqual(described(columns));
  });

  it.each(['trades', 'aggTrades', 'klines', 'klineUpdates', 'orderBook', 'status'])(
    '%s are those of its recordings',
    (type) => {
      // After the number and the time of the row.
      expect(described(columnsOf(`${type}.BTCUSDT`))).toEqual(described(recordedColumns(type).slice(2)));
    },
  );

  it('have one kind per name, in whatever types they are', () => {
    const types = ['trades', 'aggTrades', 'klines', 'bookDepth', 'metrics', 'klineUpdates', 'orderBook', 'status'];
    const { columns } = new ArrowSchema(
      's1',
      types.map((type) => `${type}.BTCUSDT`),
    );
    for (const type of types) {
      for (const { name, kind } of blockColumns(`${type}.BTCUSDT`, false)) {
        const own = name === 'topic' ? 'status_topic' : name;
        expect(columns.find((column) => column.name === own)?.kind).toBe(kind);
      }
    }
    expect(columns.every(({ nullable }) => nullable)).toBe(true);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  });
});

/** Rows of one topic with values that say which row they are. */
interface Slice {
  readonly firstSeq: number;
  /** Index in TOPICS of each row, in the order of the stream. */
  readonly order: readonly number[];
}

/** The message of a slice whose row r of the whole stream has values made of r. */
function messageOf({ firstSeq, order }: Slice): Uint8Array {
  const present = [...new Set(order)].sort((a, b) => a - b);
  const rowsOf = (topic: number) => order.flatMap((each, place) => (each === topic ? [firstSeq + place] : []));
  const shape = {
    firstSeq,
    rows: order.length,
    runs: order.length,
    blocks: present.map((topic) => {
      const texts = blockColumns(TOPICS[topic] ?? '', false).filter(
        ({ kind, path }) => kind === 'utf8' && path !== 'symbol',
      );
      const bytes = rowsOf(topic).join('').length;
      return { topic, rows: rowsOf(topic).length, plain: false, textBytes: texts.map(() => bytes) };
    }),
  };
  const { payload, runs, blocks } = openColumnMessage(TOPICS, shape, (bytes) => Buffer.alloc(bytes));
  for (const [place, topic] of order.entries()) runs[place] = runWord(topic, 1);
  for (const [place, topic] of present.entries()) {
    const block = blocks[place];
    if (block !== undefined) fill(block, rowsOf(topic));
  }
  return payload;
}

function fill({ ts, columns }: ColumnBlock, rows: readonly number[]): void {
  for (const [place, row] of rows.entries()) {
    setInt64(ts, place, 1e12 + row);
    for (const values of columns) {
      if (values.kind === 'words' && values.words !== ts) setInt64(values.words, place, -row);
      else if (values.kind === 'bytes') values.bytes[place] = row % 2;
      else if (values.kind === 'texts') {
        const start = values.offsets[place] ?? 0;
        values.bytes.set(Buffer.from(String(row)), start);
        values.offsets[place + 1] = start + String(row).length;
      }
    }
  }
}

function groupOf(topics: readonly string[]): ColumnGroup {
  const wanted = TOPICS.map((topic) => (topics.includes(topic) ? topic : undefined));
  return new ColumnGroup({ sessionId: 's1', schema: new ArrowSchema('s1', topics), topics: wanted, fromSeq: 0 });
}

function take(group: ColumnGroup, slice: Slice): void {
  const { columns } = decodeColumnMessage(TOPICS, messageOf(slice));
  const { firstSeq, order } = slice;
  const clock = {
    epoch: 1,
    slice: 0,
    firstSeq,
    rows: order.length,
    ts: 0,
    topics: [],
    counts: [],
    order: NONE,
    end: false,
  };
  group.take({ clock, lines: [], columns });
}

const NONE = new Uint32Array(0);

const slices = fc
  .array(fc.array(fc.integer({ min: 0, max: TOPICS.length - 1 }), { minLength: 1, maxLength: 40 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((orders) => {
    let firstSeq = 0;
    return orders.map((order): Slice => {
      const slice = { firstSeq, order };
      firstSeq += order.length;
      return slice;
    });
  });

describe('a message of columns', () => {
  it('has after decoding what was put into it', () => {
    fc.assert(
      fc.property(slices, ([slice]) => {
        if (slice === undefined) return;
        const { firstSeq, rows, columns } = decodeColumnMessage(TOPICS, messageOf(slice));
        expect([firstSeq, rows]).toEqual([slice.firstSeq, slice.order.length]);
        expect([...columns.runs]).toEqual(slice.order.map((topic) => runWord(topic, 1)));
        for (const [topic, block] of columns.blocks.entries()) {
          const own = slice.order.flatMap((each, place) => (each === topic ? [1e12 + place] : []));
          expect(own).toEqual(
            Array.from({ length: block?.rows ?? 0 }, (_, row) => int64At(block?.ts ?? new Int32Array(), row)),
          );
        }
      }),
    );
  });

  it('is refused when it was cut, has rows of a foreign topic, or runs of other rows', () => {
    const payload = messageOf({ firstSeq: 0, order: [0, 1, 0] });
    expect(() => decodeColumnMessage(TOPICS, payload.subarray(0, payload.length - 8))).toThrow('another length');
    expect(() => decodeColumnMessage(TOPICS, payload.subarray(8))).toThrow('not JSON');
    expect(() => decodeColumnMessage([], payload)).toThrow('which the plan does not have');
    const end = payload.indexOf(10) + 1;
    new Uint32Array(payload.buffer, payload.byteOffset + end, 1)[0] = runWord(1, 1);
    expect(() => decodeColumnMessage(TOPICS, payload)).toThrow('not those of its blocks');
  });
});

describe('the stream of a group of columns', () => {
  it('is its own topics in the order of the whole, whatever the slices and from whatever row it is read', () => {
    fc.assert(
      fc.property(slices, fc.subarray(TOPICS, { minLength: 1 }), fc.nat(), (all, topics, start) => {
        const group = groupOf(topics);
        for (const slice of all) take(group, slice);
        const expected = all.flatMap(({ firstSeq, order }) =>
          order.flatMap((topic, place) =>
            topics.includes(TOPICS[topic] ?? '') ? [{ topic, row: firstSeq + place }] : [],
          ),
        );
        const from = expected.length === 0 ? 0 : start % expected.length;
        const batch = group.batchAt(from);
        if (batch === undefined) {
          expect(expected).toEqual([]);
          return;
        }
        const [table] = [...RecordBatchReader.from(Buffer.concat([group.schema.head, batch.bytes]))];
        expect(table?.numRows).toBe(expected.length - from);
        for (const [index, { topic, row }] of expected.slice(from).entries()) {
          const name = TOPICS[topic] ?? '';
          const value = (column: string): unknown => table?.getChild(column)?.get(index);
          expect([value('seq'), value('ts'), value('topic')]).toEqual([
            BigInt(from + index),
            BigInt(1e12 + row),
            `aegis.s1.${name}`,
          ]);
          for (const { name: column, nullable } of group.schema.columns) {
            const own = blockColumns(name, false).find((each) => each.name === column);
            if (own === undefined) expect([nullable, value(column)]).toEqual([true, null]);
            else if (own.path === 'ts') expect(value(column)).toBe(BigInt(1e12 + row));
            else if (own.path === 'symbol') expect(value(column)).toBe('BTCUSDT');
            else if (own.kind === 'int64') expect(value(column)).toBe(BigInt(-row));
            else if (own.kind === 'bool') expect(value(column)).toBe(row % 2 === 1);
            else if (own.kind === 'utf8') expect(value(column)).toBe(String(row));
          }
        }
      }),
    );
  });

  it('has the same hash however it was cut, and from any point from which it can begin again', () => {
    const rows = Array.from({ length: 3 * PIECE_ROWS + 100 }, (_, row) => (row * 7) % 5);
    const cut = (size: number): { group: ColumnGroup; all: Slice[] } => {
      const group = groupOf(TOPICS);
      const all: Slice[] = [];
      for (let firstSeq = 0; firstSeq < rows.length; firstSeq += size) {
        all.push({ firstSeq, order: rows.slice(firstSeq, firstSeq + size) });
      }
      for (const slice of all) take(group, slice);
      return { group, all };
    };
    const { group: whole } = cut(2_048);
    const { group: other, all } = cut(1_777);
    expect(other.hash).toBe(whole.hash);
    for (const row of [0, PIECE_ROWS + 5_000, 3 * PIECE_ROWS]) {
      const point = other.pointBefore(row);
      const again = other.restartedAt(point);
      for (const slice of all) if (slice.firstSeq >= point.seq) take(again, slice);
      expect([point.rows <= row, again.rows, again.hash]).toEqual([true, rows.length, whole.hash]);
    }
    expect(other.pointBefore(3 * PIECE_ROWS).rows).toBeGreaterThan(PIECE_ROWS);
  });

  it('goes on in the middle of slices that travel as one, but not in the middle of a slice', () => {
    const order = Array.from({ length: PACK_ROWS }, (_, row) => (row * 7) % 5);
    const whole = groupOf(TOPICS);
    take(whole, { firstSeq: 0, order });
    const other = groupOf(TOPICS);
    take(other, { firstSeq: 0, order: order.slice(0, SLICE_ROWS) });
    expect(() => take(other, { firstSeq: 1, order: order.slice(1, SLICE_ROWS + 1) })).toThrow('no slice border');
    take(other, { firstSeq: 0, order });
    expect([other.rows, other.hash]).toEqual([PACK_ROWS, whole.hash]);
    expect(other.at(SLICE_ROWS)).toMatchObject({ firstSeq: SLICE_ROWS, rowsBefore: SLICE_ROWS, rowsAtEnd: PACK_ROWS });
  });
});
