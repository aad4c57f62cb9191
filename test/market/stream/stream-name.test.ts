import { describe, expect, it } from 'vitest';
import { exchangeInterval, intervalOf, streamOf } from '../../../src/market/binance/stream/stream-name.ts';
import { INTERVALS } from '../../../src/model/market.ts';

describe('streamOf', () => {
  it.each([
    ['trades.BTCUSDT', 'btcusdt@trade', '/public'],
    ['aggTrades.BTCUSDT', 'btcusdt@aggTrade', '/market'],
    ['klines.BTCUSDT.1m', 'btcusdt@kline_1m', '/market'],
    ['klineUpdates.BTCUSDT.1mo', 'btcusdt@kline_1M', '/market'],
    ['orderBook.BTCUSDT.100ms', 'btcusdt@depth@100ms', '/public'],
    ['orderBook.BTCUSDT.250ms', 'btcusdt@depth', '/public'],
    ['orderBook.BTCUSDT.500ms', 'btcusdt@depth@500ms', '/public'],
  ])('USD-M: %s is %s on %s', (topic, name, path) => {
    expect(streamOf('um', topic)).toEqual({ name, path });
    expect(streamOf('cm', topic)).toEqual({ name, path: '' });
  });

  it.each(['100ms', '250ms', '500ms'])('spot has one speed for a book of %s: the fastest', (speed) => {
    expect(streamOf('spot', `orderBook.ETHBTC.${speed}`)).toEqual({ name: 'ethbtc@depth@100ms', path: '' });
  });

  it.each([
    ['BTCUSD_PERP', 'btcusd_perp@trade'],
    ['BTCUSDT_260925', 'btcusdt_260925@trade'],
    ['1000SHIBUSDT', '1000shibusdt@trade'],
    ['币安人生USDT', '币安人生usdt@trade'],
  ])('writes %s as the exchange does', (symbol, name) => {
    expect(streamOf('cm', `trades.${symbol}`)?.name).toBe(name);
  });

  it.each([
    'status.BTCUSDT',
    'bookDepth.BTCUSDT',
    'metrics.BTCUSDT',
    'klines.BTCUSDT',
    'klines.BTCUSDT.7m',
    'klines.BTCUSDT.1M',
    'orderBook.BTCUSDT',
    'orderBook.BTCUSDT.1000ms',
    'trades.BTCUSDT.1m',
    'trades',
    'trades.',
  ])('there is no stream for %s', (topic) => {
    expect(streamOf('um', topic)).toBeUndefined();
  });

  it('has candles of a second on spot only', () => {
    expect(streamOf('spot', 'klines.BTCUSDT.1s')?.name).toBe('btcusdt@kline_1s');
    expect(streamOf('um', 'klines.BTCUSDT.1s')).toBeUndefined();
    expect(streamOf('cm', 'klines.BTCUSDT.1s')).toBeUndefined();
  });

  it('names of intervals of the exchange lead back to those of topics', () => {
    expect(INTERVALS.map((interval) => intervalOf(exchangeInterval(interval)))).toEqual(INTERVALS);
    expect(['1mo', '7m', ''].map(intervalOf)).toEqual([undefined, undefined, undefined]);
  });
});
