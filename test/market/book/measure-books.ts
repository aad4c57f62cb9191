/**
 * Prints what the recorded changes of order books cost: `node --expose-gc test/market/book/measure-books.ts`.
 * Decoding is not part of the times.
 */

import { BOOK_RULES } from '../../../src/market/binance/book/book-rules.ts';
import { BookSeries } from '../../../src/market/binance/book/book-series.ts';
import { OrderBook } from '../../../src/market/binance/book/order-book.ts';
import type { DepthEvent, DepthSnapshot } from '../../../src/market/binance/stream/market-event.ts';
import type { Market } from '../../../src/model/market.ts';
import { statusText } from '../../../src/model/stream-status.ts';
import { hasFrames, readFrames } from './recordings.ts';

const RECORDINGS: readonly (readonly [Market, string, readonly string[]])[] = [
  ['spot', 'BTCUSDT', ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz']],
  ['spot', 'ETHUSDT', ['spot/ethusdt_20240808.gz', 'spot/ethusdt_20240809.gz']],
  ['um', 'BTCUSDT', ['usdm/btcusdt_20240808.gz']],
  ['um', 'ETHUSDT', ['usdm/ethusdt_20240808.gz']],
];
const ROUNDS = 5;

function measure(market: Market, symbol: string, names: readonly string[]): void {
  const frames = readFrames(market, symbol, ...names);
  const changes = frames.filter((frame) => frame.type === 'depth');
  const snapshot = frames.find((frame) => frame.type === 'snapshot');
  if (snapshot === undefined) throw new Error('no snapshot');
  const levels = changes.reduce((sum, { bids, asks }) => sum + bids.length + asks.length, 0);
  const times: number[] = [];
  let rows = 0;
  let statuses: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Gives the snapshots.
    const exchange = new OrderBook(BOOK_RULES[market], snapshot);
    let isAsked = false;
    rows = 0;
    statuses = [];
    const series = new BookSeries({
      topic: `orderBook.${symbol}.100ms`,
      symbol,
      market,
      speed: 100,
      port: {
        row: () => {
          rows++;
        },
        backfill: () => {
          isAsked = true;
        },
        status: (status) => statuses.push(statusText(status)),
      },
    });
    for (const change of changes) {
      exchange.apply(change);
      const start = performance.now();
      series.take(change, change.time);
      // The first round warms up.
      if (round > 0) times.push((performance.now() - start) * 1_000);
      if (!isAsked) continue;
      isAsked = false;
      const { lastUpdateId, bids, asks } = exchange.top(1_000, change.time);
      series.fetched({ symbol, lastId: lastUpdateId, bids, asks }, true, change.time);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  console.log(
    `${market} ${symbol}: ${changes.length} changes of ${(levels / changes.length).toFixed(0)} levels, ${rows} rows; ` +
      `µs per change with its row: mean ${mean.toFixed(1)}, p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}`,
  );
  for (const text of statuses) console.log(`  ${text}`);
  console.log(`  ${memory(market, snapshot, changes)}`);
}

/** What one book of everything that was told holds. */
function memory(market: Market, snapshot: DepthSnapshot, changes: readonly DepthEvent[]): string {
  if (globalThis.gc === undefined) return 'memory: run with --expose-gc';
  // A copy, so that the texts are the book's own and not those of the recording.
  const own = (): DepthSnapshot => JSON.parse(JSON.stringify(snapshot));
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const book = new OrderBook(BOOK_RULES[market], own());
  for (const change of changes) book.apply(JSON.parse(JSON.stringify(change)));
  globalThis.gc();
  const bytes = process.memoryUsage().heapUsed - before;
  return `memory: ${(bytes / 1024).toFixed(0)} KiB for ${book.size} levels`;
}

if (!hasFrames) console.log('no frames in ../shared/data');
else for (const [market, symbol, names] of RECORDINGS) measure(market, symbol, names);
