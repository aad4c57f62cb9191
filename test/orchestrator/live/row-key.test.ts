import { describe, expect, it } from 'vitest';
import { hasKey, keyOfLine } from '../../../src/orchestrator/live/row-key.ts';

function line(data: object): Buffer {
  return Buffer.from(`${JSON.stringify({ session_id: 's', topic: 't', ts: 1, data })}\n`);
}

describe('where a topic goes on', () => {
  it.each([
    ['trades.BTCUSDT', { id: 17 }, 17],
    ['aggTrades.BTCUSDT', { agg_trade_id: 18, first_trade_id: 3 }, 18],
    ['klines.BTCUSDT.1m', { open_time: 60_000, close_time: 119_999 }, 60_000],
    ['orderBook.BTCUSDT.100ms', { last_update_id: 5 }, undefined],
    ['klineUpdates.BTCUSDT.1m', { open_time: 60_000 }, undefined],
    ['trades.BTCUSDT', {}, undefined],
  ])('%s', (topic, data, key) => {
    expect(keyOfLine(topic, line(data))).toBe(key);
  });

  it('only trades, aggregates and closed candles can be told by their keys', () => {
    const topics = ['trades.B', 'aggTrades.B', 'klines.B.1m', 'klineUpdates.B.1m', 'orderBook.B.100ms', 'status.B'];
    expect(topics.filter(hasKey)).toEqual(topics.slice(0, 3));
  });
});
