import { describe, expect, it } from 'vitest';
import { eventKeys, keyOf } from '../../../src/market/binance/series/event-key.ts';
import { seriesFor } from '../../../src/market/binance/series/series-for.ts';
import type { MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import type { Market } from '../../../src/model/market.ts';
import { hasFrames, readCryptofeed, readFrames } from '../book/recordings.ts';
import { RecordingPort } from './recording-port.ts';

/** What a topic makes of events: those that are its own, by their keys. */
function play(topic: string, market: Market, events: readonly MarketEvent[]): RecordingPort {
  const port = new RecordingPort();
  const series = seriesFor(topic, market, port);
  const keys = new Set(eventKeys(topic));
  for (const event of events) {
    if (keys.has(keyOf(event))) series?.take(event, 0);
  }
  series?.tick(60_000);
  return port;
}

describe.skipIf(!hasFrames)('series of recorded frames (needs ../shared/data)', () => {
  it.each([
    {
      market: 'spot',
      symbol: 'BTCUSDT',
      files: ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz'],
      rows: 19_904,
    },
    {
      market: 'spot',
      symbol: 'ETHUSDT',
      files: ['spot/ethusdt_20240808.gz', 'spot/ethusdt_20240809.gz'],
      rows: 14_515,
    },
    { market: 'um', symbol: 'BTCUSDT', files: ['usdm/btcusdt_20240808.gz'], rows: 21_313 },
    { market: 'um', symbol: 'ETHUSDT', files: ['usdm/ethusdt_20240808.gz'], rows: 14_076 },
  ] as const)('$market $symbol: every trade is a row, none is missing', ({ market, symbol, files, rows }) => {
    const events = readFrames(market, symbol, ...files).filter((frame) => frame.type !== 'snapshot');
    const port = play(`trades.${symbol}`, market, events);
    expect(port.rows).toHaveLength(rows);
    expect(port.requests).toEqual([]);
    const ids = port.numbers('id');
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBe(rows - 1);

    // Each frame again, as two overlapping connections bring them, and one in ten in the wrong order.
    const doubled = events.flatMap((event, index) =>
      index % 10 === 0 ? [] : [event, ...events.slice(index - 1, index)],
    );
    expect(play(`trades.${symbol}`, market, doubled).rows).toEqual(port.rows);
  });

  it('four symbols on one socket: one row per closed bar, one update per frame, aggTrades without a gap', () => {
    const events = readCryptofeed();
    const symbols = ['SUSHIUSDT', 'AKROUSDT', 'KEEPUSDT', 'CTKUSDT'];
    const count = (type: string, detail = '') =>
      symbols
        .map((symbol) => play(`${type}.${symbol}${detail}`, 'um', events))
        .reduce((sum, { rows }) => sum + rows.length, 0);
    expect(count('klines', '.1m')).toBe(4);
    expect(count('klineUpdates', '.1m')).toBe(67);
    expect(count('aggTrades')).toBe(91);
  });
});

describe('topics', () => {
  it('of statuses, of history only, and of intervals and speeds that do not exist have no series', () => {
    const port = new RecordingPort();
    for (const topic of ['status.X', 'metrics.X', 'bookDepth.X', 'klines.X.7m', 'klineUpdates.X', 'orderBook.X.10ms']) {
      expect(seriesFor(topic, 'spot', port)).toBeUndefined();
    }
    expect(eventKeys('status.X')).toEqual([]);
  });

  it('take the events of their symbol and interval', () => {
    expect(eventKeys('klines.X.1m')).toEqual(eventKeys('klineUpdates.X.1m'));
    expect(eventKeys('orderBook.X.100ms')).toEqual(['depth.X']);
    expect(keyOf({ type: 'spentTrade', symbol: 'X', id: 1 })).toBe(eventKeys('trades.X')[0]);
  });
});
