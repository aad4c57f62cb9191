import { describe, expect, it } from 'vitest';
import { BOOK_RULES } from '../../../src/market/binance/book/book-rules.ts';
import { compareDecimals } from '../../../src/market/binance/book/compare-decimals.ts';
import { OrderBook } from '../../../src/market/binance/book/order-book.ts';
import type { DepthEvent } from '../../../src/market/binance/stream/market-event.ts';
import type { Market } from '../../../src/model/market.ts';
import { hasFrames, type Recorded, readCryptofeed, readCryptofeedSnapshots, readFrames } from './recordings.ts';

interface Figures {
  applied: number;
  old: number;
  broken: number;
  crossed: number;
  /** Events after which the best prices were those of the last bookTicker that is not newer than the book. */
  equalTops: number;
}

/** Snapshot, buffered changes, then the others, as the exchange prescribes. */
function replay(market: Market, frames: readonly Recorded[], leaveOut = -1): Figures {
  const figures: Figures = { applied: 0, old: 0, broken: 0, crossed: 0, equalTops: 0 };
  const buffer: DepthEvent[] = [];
  let book: OrderBook | undefined;
  let ticker: { readonly bid: string; readonly ask: string } | undefined;
  // Some come after the change whose prices they tell.
  const tickers = frames.filter((frame) => frame.type === 'bookTicker').sort((a, b) => a.updateId - b.updateId);
  let next = 0;
  const apply = (event: DepthEvent) => {
    if (book === undefined) return;
    const applied = book.apply(event);
    if (applied.type !== 'applied') {
      figures[applied.type]++;
      return;
    }
    figures.applied++;
    if (book.problem() !== undefined) figures.crossed++;
    while ((tickers[next]?.updateId ?? Number.POSITIVE_INFINITY) <= book.id) ticker = tickers[next++];
    const { bid, ask } = book.best;
    if (ticker === undefined || (ticker.bid === bid?.[0] && ticker.ask === ask?.[0])) figures.equalTops++;
  };
  let depth = 0;
  for (const frame of frames) {
    if (frame.type === 'snapshot') {
      book = new OrderBook(BOOK_RULES[market], frame);
      for (const event of buffer) apply(event);
    } else if (frame.type === 'depth' && depth++ !== leaveOut) {
      if (book === undefined) buffer.push(frame);
      else apply(frame);
    }
  }
  return figures;
}

const RECORDINGS = [
  {
    name: 'spot BTC',
    market: 'spot',
    symbol: 'BTCUSDT',
    files: ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz'],
    applied: 6_493,
    old: 2,
    tops: 6_491,
  },
  {
    name: 'spot ETH',
    market: 'spot',
    symbol: 'ETHUSDT',
    files: ['spot/ethusdt_20240808.gz', 'spot/ethusdt_20240809.gz'],
    applied: 6_468,
    old: 2,
    tops: 6_468,
  },
  {
    name: 'um BTC',
    market: 'um',
    symbol: 'BTCUSDT',
    files: ['usdm/btcusdt_20240808.gz'],
    applied: 6_547,
    old: 4,
    tops: 6_547,
  },
  {
    name: 'um ETH',
    market: 'um',
    symbol: 'ETHUSDT',
    files: ['usdm/ethusdt_20240808.gz'],
    applied: 6_581,
    old: 5,
    tops: 6_581,
  },
] as const;

describe.skipIf(!hasFrames)('order books of recorded frames (needs ../shared/data)', () => {
  it.each(RECORDINGS)('$name: no gap, never crossed, the best prices are those of bookTicker', (recording) => {
    const { market, symbol, files, applied, old, tops } = recording;
    const figures = replay(market, readFrames(market, symbol, ...files));
    expect(figures).toEqual({ applied, old, broken: 0, crossed: 0, equalTops: tops });
  });

  it.each(RECORDINGS)(
    '$name: any change that is left out is noticed with the next one',
    ({ market, symbol, files }) => {
      const frames = readFrames(market, symbol, ...files);
      const events = frames.filter((frame) => frame.type === 'depth');
      const snapshot = frames.find((frame) => frame.type === 'snapshot');
      const rules = BOOK_RULES[market];
      let unnoticed = 0;
      let pairs = 0;
      for (let index = 1; index + 1 < events.length; index++) {
        const [before, , after] = events.slice(index - 1, index + 2);
        if (before === undefined || after === undefined || before.lastId <= (snapshot?.lastId ?? 0)) continue;
        pairs++;
        if (rules.follows(before.lastId, after)) unnoticed++;
      }
      expect(pairs).toBeGreaterThan(6_000);
      expect(unnoticed).toBe(0);
      expect(replay(market, frames, 1_000).broken).toBeGreaterThan(0);
    },
  );

  it('several symbols on one socket: each book begins with the first change that follows its snapshot', () => {
    const events = readCryptofeed().filter((event) => event.type === 'depth');
    expect(events).toHaveLength(764);
    const first: Record<string, number> = {};
    let broken = 0;
    let last = 0;
    for (const [symbol, snapshot] of readCryptofeedSnapshots()) {
      const book = new OrderBook(BOOK_RULES.um, snapshot);
      for (const [index, event] of events.filter((each) => each.symbol === symbol).entries()) {
        const { type } = book.apply(event);
        if (type === 'applied') first[symbol] ??= index;
        if (type === 'broken') broken++;
      }
      const { bid, ask } = book.best;
      last += compareDecimals(bid?.[0] ?? '0', ask?.[0] ?? '0') < 0 ? 1 : 0;
    }
    expect(first).toEqual({ SUSHIUSDT: 3, AKROUSDT: 1, KEEPUSDT: 3, CTKUSDT: 5 });
    expect(broken).toBe(0);
    expect(last).toBe(4);
  });
});
