import { describe, expect, it } from 'vitest';
import { BOOK_RULES } from '../../../src/market/binance/book/book-rules.ts';
import { BookSeries } from '../../../src/market/binance/book/book-series.ts';
import { OrderBook } from '../../../src/market/binance/book/order-book.ts';
import type { DepthSnapshot } from '../../../src/market/binance/stream/market-event.ts';
import { RecordingPort } from '../series/recording-port.ts';
import { hasFrames, readFrames } from './recordings.ts';

const REST_LEVELS = 1_000;
/** An answer of REST comes so many changes after the request. */
const LATENCY = 3;

describe.skipIf(!hasFrames)(
  'order books of recorded frames with a REST server beside them (needs ../shared/data)',
  () => {
    it.each([
      { market: 'spot', symbol: 'BTCUSDT', files: ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz'] },
      { market: 'spot', symbol: 'ETHUSDT', files: ['spot/ethusdt_20240808.gz', 'spot/ethusdt_20240809.gz'] },
      { market: 'um', symbol: 'BTCUSDT', files: ['usdm/btcusdt_20240808.gz'] },
      { market: 'um', symbol: 'ETHUSDT', files: ['usdm/ethusdt_20240808.gz'] },
    ] as const)(
      '$market $symbol: a snapshot of 1,000 levels is renewed in time; every change is a row, none is wrong',
      (recording) => {
        const { market, symbol, files } = recording;
        const frames = readFrames(market, symbol, ...files);
        const snapshot = frames.find((frame) => frame.type === 'snapshot');
        const changes = frames.filter((frame) => frame.type === 'depth');
        if (snapshot === undefined) throw new Error('no snapshot');
        // The exchange's own book: with everything that was told, so more than a snapshot of it has.
        const exchange = new OrderBook(BOOK_RULES[market], snapshot);
        const port = new RecordingPort();
        const series = new BookSeries({ topic: `orderBook.${symbol}.100ms`, symbol, market, speed: 100, port });
        const pending: { readonly at: number; readonly answer: DepthSnapshot }[] = [];
        let served = 0;
        let wrong = 0;
        for (const [index, change] of changes.entries()) {
          exchange.apply(change);
          const rows = port.rows.length;
          series.take(change, change.time);
          series.tick(change.time);
          for (; served < port.requests.length; served++) {
            const { lastUpdateId, bids, asks } = exchange.top(REST_LEVELS, change.time);
            pending.push({ at: index + LATENCY, answer: { symbol, lastId: lastUpdateId, bids, asks } });
          }
          if (pending[0]?.at === index) series.fetched(pending.shift()?.answer ?? [], true, change.time);
          const row = port.rows.at(-1);
          if (port.rows.length === rows || row === undefined) continue;
          const { bid, ask } = exchange.best;
          const { bids, asks } = JSON.parse(row.json);
          if (bids[0].price !== Number(bid?.[0]) || asks[0].price !== Number(ask?.[0])) wrong++;
        }
        const states = port.statuses.flatMap((each) => (each.kind === 'book' ? [each.state] : []));
        expect(states).toEqual(['synced']);
        expect(wrong).toBe(0);
        expect(port.rows.length).toBeGreaterThan(changes.length - 20);
        expect(port.requests.length).toBeLessThan(5);
      },
    );
  },
);
