/**
 * Prints what the recorded changes of order books cost: `node --expose-gc test/market/book/measure-books.ts`.
 * Decoding is not part of the times.
 */
import { BookSeries } from '../../../src/market/binance/book/book-series.ts';
import type { Market } from '../../../src/model/market.ts';
import { hasFrames, readFrames } from './recordings.ts';

const RECORDINGS: readonly (readonly [Market, string, readonly string[]])[] = [
  ['spot', 'BTCUSDT', ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz']],
  ['spot', 'ETHUSDT', ['spot/ethusdt_20240808.gz', 'spot/ethusdt_20240809.gz']],
  ['um', 'BTCUSDT', ['usdm/btcusdt_20240808.gz']],
  ['um', 'ETHUSDT', ['usdm/ethusdt_20240808.gz']],
];
const ROUNDS = 5;

function measure(market: Market, symbol: string, names: readonly string[]): void {
  const frames = readFrames(market, symbol, ...names).filter(({ type }) => type === 'depth' || type === 'snapshot');
  const times: number[] = [];
  let levels = 0;
  let rows = 0;
  const statuses: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let bytes = 0;
    const series = new BookSeries({
      topic: `orderBook.${symbol}.100ms`,
      symbol,
      market,
      speed: 100,
      port: {
        row: ({ json }) => {
          bytes += json.length;
          rows++;
        },
        backfill: () => undefined,
        status: (status) => {
          if (status.kind === 'book') statuses.push(`${status.state}: ${status.reason}`);
        },
      },
    });
    for (const frame of frames) {
      const start = performance.now();
      if (frame.type === 'snapshot') series.fetched(frame, true, 0);
      else {
        series.take(frame, 0);
        levels += frame.type === 'depth' ? frame.bids.length + frame.asks.length : 0;
      }
      // The first round warms up.
      if (round > 0 && frame.type === 'depth') times.push((performance.now() - start) * 1_000);
    }
    if (bytes === 0) throw new Error('no rows');
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  console.log(
    `${market} ${symbol}: ${(rows / ROUNDS).toFixed(0)} rows, ${(levels / ROUNDS / (times.length / (ROUNDS - 1))).toFixed(1)} levels per change; ` +
      `µs per change with its row: mean ${mean.toFixed(1)}, p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}`,
  );
  console.log(`  ${[...new Set(statuses)].join('; ')}`);
}

if (!hasFrames) console.log('no frames in ../shared/data');
else for (const [market, symbol, names] of RECORDINGS) measure(market, symbol, names);
