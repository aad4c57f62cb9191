import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BookSeries } from '../../../src/market/binance/book/book-series.ts';
import { BookSide } from '../../../src/market/binance/book/book-side.ts';
import { compareDecimals } from '../../../src/market/binance/book/compare-decimals.ts';
import { canonicalDecimal } from '../../../src/market/binance/record/decimal.ts';
import type { BookLevel, DepthSnapshot } from '../../../src/market/binance/stream/market-event.ts';
import { RecordingPort } from '../series/recording-port.ts';
import { depth } from './depth.ts';

const digits = fc.bigInt({ min: 0n, max: 10n ** 24n });

describe('levels of a side', () => {
  it('are in the exact order of their decimals', () => {
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        expect(Math.sign(compareDecimals(decimal(a), decimal(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('are those of a plain map, sorted, also where floats cannot tell prices apart', () => {
    const price = fc.oneof(fc.bigInt({ min: 1n, max: 40n }), fc.bigInt({ min: 10n ** 23n, max: 10n ** 23n + 20n }));
    const change = fc.tuple(price, fc.nat(2));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 120, size: 'max' }),
        fc.constantFrom('bids', 'asks'),
        (changes, side) => {
          const levels = new BookSide(side, []);
          const model = new Map<bigint, number>();
          for (const [at, quantity] of changes) {
            levels.set([decimal(at), String(quantity)]);
            if (quantity === 0) model.delete(at);
            else model.set(at, quantity);
          }
          const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
          if (side === 'bids') sorted.reverse();
          expect(levels.top(1_000)).toEqual(sorted.map(([at, quantity]) => [decimal(at), String(quantity)]));
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A book of the exchange; each step is one change of it, and what becomes of its frame. */
const step = fc.record({
  bids: fc.array(fc.tuple(fc.integer({ min: 50, max: 99 }), fc.nat(3)), { maxLength: 4 }),
  asks: fc.array(fc.tuple(fc.integer({ min: 101, max: 150 }), fc.nat(3)), { maxLength: 4 }),
  frames: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(0, 2) }),
  idsBefore: fc.nat(3),
});

describe.each(['spot', 'um'] as const)('an order book of %s whose frames are dropped and doubled', (market) => {
  it('has rows that are the book of the exchange at that update, or none', () => {
    let rows = 0;
    let lost = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: 'max' }), fc.nat(5), (steps, latency) => {
        const port = new RecordingPort();
        const series = new BookSeries({ topic: 'orderBook.X.100ms', symbol: 'X', market, speed: 100, port });
        const book = { bids: new Map<number, number>(), asks: new Map<number, number>() };
        const history = new Map<number, string>();
        let id = 100;
        let previous = 100;
        let served = 0;
        let due: { at: number; answer: DepthSnapshot } | undefined;
        for (const [index, { bids, asks, frames, idsBefore }] of steps.entries()) {
          const now = index * 5_000;
          const from = market === 'spot' ? id + 1 : id + 1 + idsBefore;
          const to = from + idsBefore;
          change(book.bids, bids);
          change(book.asks, asks);
          id = to;
          history.set(id, picture(book));
          const event = depth({
            from,
            to,
            ...(market === 'spot' ? {} : { previous }),
            bids: bids.map(level),
            asks: asks.map(level),
          });
          previous = to;
          for (let frame = 0; frame < frames; frame++) series.take(event, now);
          series.tick(now);
          if (port.requests.length > served) {
            served = port.requests.length;
            due = { at: index + latency, answer: { symbol: 'X', lastId: id, ...sides(book) } };
          }
          if (due !== undefined && due.at <= index) {
            series.fetched(due.answer, true, now);
            due = undefined;
          }
        }
        for (const { json } of port.rows) {
          const { last_update_id, bids, asks } = JSON.parse(json);
          expect(JSON.stringify([bids, asks])).toBe(history.get(last_update_id));
        }
        const ids = port.numbers('last_update_id');
        expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
        const states = port.statuses.flatMap((each) => (each.kind === 'book' ? [each.state] : []));
        for (const [index, state] of states.entries()) expect(state).toBe(index % 2 === 0 ? 'synced' : 'lost');
        rows += ids.length;
        lost += states.filter((state) => state === 'lost').length;
      }),
      { numRuns: 200 },
    );
    expect(rows).toBeGreaterThan(1_000);
    expect(lost).toBeGreaterThan(50);
  });
});

type Levels = Map<number, number>;

function change(side: Levels, changes: readonly (readonly [number, number])[]): void {
  for (const [price, quantity] of changes) {
    if (quantity === 0) side.delete(price);
    else side.set(price, quantity);
  }
}

function level([price, quantity]: readonly [number, number]): BookLevel {
  return [String(price), String(quantity)];
}

function sides({ bids, asks }: { readonly bids: Levels; readonly asks: Levels }) {
  return {
    bids: [...bids].sort(([a], [b]) => b - a).map(level),
    asks: [...asks].sort(([a], [b]) => a - b).map(level),
  };
}

function picture(book: { readonly bids: Levels; readonly asks: Levels }): string {
  const { bids, asks } = sides(book);
  const show = (levels: readonly BookLevel[]) =>
    levels.slice(0, 20).map(([price, quantity]) => ({ price: Number(price), quantity: Number(quantity) }));
  return JSON.stringify([show(bids), show(asks)]);
}

/** Eight digits after the point. */
function decimal(scaled: bigint): string {
  const text = scaled.toString().padStart(9, '0');
  return canonicalDecimal(`${text.slice(0, -8)}.${text.slice(-8)}`) ?? '';
}
