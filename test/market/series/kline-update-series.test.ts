import { describe, expect, it } from 'vitest';
import { KlineUpdateSeries } from '../../../src/market/binance/series/kline-update-series.ts';
import { kline } from './events.ts';
import { RecordingPort } from './recording-port.ts';

const frame = (eventTime: number, closed = false, interval = '1m') =>
  kline({ openTime: 60_000, closeTime: 119_999, eventTime, closed, interval });

describe('bars as they change', () => {
  it('are rows of every frame, with its time and whether the bar is closed', () => {
    const port = new RecordingPort();
    const series = new KlineUpdateSeries({ topic: 'klineUpdates.BTCUSDT.1m', interval: '1m', port });
    series.take(frame(62_000));
    series.take(frame(120_100, true));
    expect(port.rows.map(({ ts, timeUs }) => [ts, timeUs])).toEqual([
      [62_000, 62_000_000],
      [120_100, 120_100_000],
    ]);
    expect(port.rows.map(({ json }) => JSON.parse(json).closed)).toEqual([false, true]);
    expect(port.rows[0]?.json).toBe(
      '{"open_time":60000,"close_time":119999,"count":3,"open":100,"high":101,"low":99,"close":100,"volume":5,"quote_volume":500,"taker_buy_volume":2,"taker_buy_quote_volume":200,"closed":false}',
    );
  });

  it('that come again or late, or of another interval, are no rows', () => {
    const port = new RecordingPort();
    const series = new KlineUpdateSeries({ topic: 'klineUpdates.BTCUSDT.1m', interval: '1m', port });
    for (const time of [62_000, 62_000, 61_000, 64_000]) series.take(frame(time));
    series.take(frame(65_000, false, '5m'));
    expect(port.rows.map(({ ts }) => ts)).toEqual([62_000, 64_000]);
    expect(series.stale).toBe(2);
  });

  it('that close in the ms in which the next one opens are rows, once each', () => {
    const port = new RecordingPort();
    const series = new KlineUpdateSeries({ topic: 'klineUpdates.BTCUSDT.1m', interval: '1m', port });
    const opening = kline({ openTime: 120_000, closeTime: 179_999, eventTime: 120_000, closed: false, interval: '1m' });
    const frames = [frame(120_000), frame(120_000, true), opening];
    for (const each of [...frames, ...frames]) series.take(each);
    expect(port.rows.map(({ json }) => JSON.parse(json)).map(({ open_time, closed }) => [open_time, closed])).toEqual([
      [60_000, false],
      [60_000, true],
      [120_000, false],
    ]);
    expect(series.stale).toBe(3);
  });
});
