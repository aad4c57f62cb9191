import { describe, expect, it } from 'vitest';
import { KlineSeries } from '../../../src/market/binance/series/kline-series.ts';
import type { Interval } from '../../../src/model/market.ts';
import { kline } from './events.ts';
import { RecordingPort } from './recording-port.ts';

const MINUTE = 60_000;

function series(interval: Interval = '1m') {
  const port = new RecordingPort();
  const made = new KlineSeries({ topic: `klines.BTCUSDT.${interval}`, symbol: 'BTCUSDT', interval, port });
  return { port, made, minutes: () => port.numbers('open_time').map((time) => time / MINUTE) };
}

/** The 1m bar number `n`. */
const bar = (n: number, close = '100', closed = true) =>
  kline({ openTime: n * MINUTE, closeTime: (n + 1) * MINUTE - 1, close, closed });
const open = (n: number) => bar(n, '100', false);
const asked = (from: number, to: number) => ({
  type: 'klines',
  symbol: 'BTCUSDT',
  interval: '1m',
  from: from * MINUTE,
  to: to * MINUTE,
});
/** `s` seconds into minute `n`. */
const at = (n: number, s: number) => n * MINUTE + s * 1_000;

describe('closed bars', () => {
  it('are rows with their close time; open bars are none', () => {
    const { port, made } = series();
    made.take(open(3), at(3, 10));
    made.take(bar(3), at(4, 1));
    expect(port.rows).toHaveLength(1);
    expect(port.rows[0]).toMatchObject({
      topic: 'klines.BTCUSDT.1m',
      ts: 4 * MINUTE - 1,
      timeUs: (4 * MINUTE - 1) * 1_000,
    });
  });

  it('come once: what comes again is dropped', () => {
    const { port, made, minutes } = series();
    for (const n of [3, 3, 4, 3]) made.take(bar(n), at(5, 0));
    expect(minutes()).toEqual([3, 4]);
    expect(made.duplicates).toBe(2);
    expect(port.statuses).toEqual([]);
  });

  it('that come again with other values are told once, and not delivered twice', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.take(bar(3, '101'), at(4, 2));
    made.take(bar(3, '101'), at(4, 3));
    expect(minutes()).toEqual([3]);
    expect(port.statuses).toEqual([
      { kind: 'correction', topic: 'klines.BTCUSDT.1m', openTime: 3 * MINUTE, changes: 'close 100 -> 101' },
    ]);
  });

  it('that were missed are fetched before the next one', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.take(bar(7), at(8, 1));
    made.tick(at(8, 2));
    expect(port.requests).toEqual([asked(4, 7)]);
    made.fetched([bar(4), bar(5), bar(6)], true, at(8, 3));
    expect(minutes()).toEqual([3, 4, 5, 6, 7]);
    expect(port.gaps()).toEqual([`filling ${4 * MINUTE}-${6 * MINUTE} (0)`, `filled ${4 * MINUTE}-${6 * MINUTE} (3)`]);
  });

  it('that were missed are fetched as soon as a later bar is open', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.take(open(6), at(6, 1));
    made.tick(at(6, 2));
    expect(port.requests).toEqual([asked(4, 5)]);
    made.fetched([bar(4), bar(5)], true, at(6, 3));
    expect(minutes()).toEqual([3, 4, 5]);
  });

  it('begin with the bar of the first frame, so that its end cannot be missed', () => {
    const { port, made, minutes } = series();
    made.take(open(3), at(3, 30));
    made.take(open(4), at(4, 10));
    made.tick(at(4, 11));
    expect(port.requests).toEqual([asked(3, 3)]);
    made.fetched([bar(3)], true, at(4, 12));
    expect(minutes()).toEqual([3]);
  });

  it('that are 5 s overdue are fetched', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.tick(at(5, 4.9));
    expect(port.requests).toEqual([]);
    made.tick(at(5, 5));
    expect(port.requests).toEqual([asked(4, 4)]);
    made.fetched([bar(4)], true, at(5, 6));
    expect(minutes()).toEqual([3, 4]);
    expect(port.gaps()).toEqual([`filling ${4 * MINUTE}-${4 * MINUTE} (0)`, `filled ${4 * MINUTE}-${4 * MINUTE} (1)`]);
  });

  it('follow history without a frame', () => {
    const { port, made, minutes } = series();
    made.resume(3 * MINUTE);
    made.tick(at(9, 30));
    expect(port.requests).toEqual([asked(4, 8)]);
    made.fetched(
      [4, 5, 6, 7, 8].map((n) => bar(n)),
      true,
      at(9, 31),
    );
    expect(minutes()).toEqual([4, 5, 6, 7, 8]);
  });

  it('of a market that is down are no loss while there is no later bar; REST is asked less and less often', () => {
    const { port, made } = series();
    made.take(bar(3), at(4, 1));
    const times: number[] = [];
    for (let now = at(4, 1); now < at(14, 1); now += 250) {
      const before = port.requests.length;
      made.tick(now);
      if (port.requests.length === before) continue;
      times.push(now - at(5, 0));
      made.fetched([], true, now);
    }
    expect(times.slice(0, 5)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000]);
    expect(port.requests.length).toBeLessThan(15);
    expect(port.statuses).toEqual([]);

    made.take(open(14), at(14, 2));
    for (let now = at(14, 3); now < at(14, 10); now += 250) {
      const before = port.requests.length;
      made.tick(now);
      if (port.requests.length > before) made.fetched([], true, now);
    }
    expect(port.gaps()).toEqual([`filling ${4 * MINUTE}-${13 * MINUTE} (0)`, `lost ${4 * MINUTE}-${13 * MINUTE} (0)`]);
    made.take(bar(14), at(15, 1));
    expect(port.numbers('open_time').at(-1)).toBe(14 * MINUTE);
  });

  it('that are overdue are no loss when REST cannot be reached', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.tick(at(5, 5));
    made.failed('no connection', at(5, 6));
    made.tick(at(5, 10));
    expect(port.requests).toEqual([asked(4, 4), asked(4, 4)]);
    made.fetched([bar(4)], true, at(5, 11));
    expect(minutes()).toEqual([3, 4]);
  });

  it('that REST leaves out before a later one are lost', () => {
    const { port, made, minutes } = series();
    made.resume(3 * MINUTE);
    made.tick(at(9, 30));
    made.fetched([bar(4), bar(7), bar(8)], true, at(9, 31));
    expect(minutes()).toEqual([4, 7, 8]);
    expect(port.gaps().map((text) => text.split(' ')[0])).toEqual(['filling', 'filled', 'lost', 'filled']);
    expect(port.statuses).toContainEqual(expect.objectContaining({ state: 'lost', from: 5 * MINUTE, to: 6 * MINUTE }));
  });

  it('of REST that are not closed are not taken', () => {
    const { port, made } = series();
    made.resume(3 * MINUTE);
    made.tick(at(5, 6));
    made.fetched([bar(4), open(5)], true, at(5, 7));
    expect(port.rows).toHaveLength(1);
  });

  it('that closed early, because trading stopped, are followed by the next regular one', () => {
    const { port, made } = series();
    made.take(kline({ openTime: 3 * MINUTE, closeTime: at(3, 41.6) }), at(4, 1));
    made.take(bar(4), at(5, 1));
    made.tick(at(5, 2));
    expect(port.rows.map(({ ts }) => ts)).toEqual([at(3, 41.6), 5 * MINUTE - 1]);
    expect(port.requests).toEqual([]);
  });

  it('of a month follow the calendar', () => {
    const { port, made } = series('1mo');
    const month = (n: number) =>
      kline({ openTime: Date.UTC(2024, n), closeTime: Date.UTC(2024, n + 1) - 1, interval: '1mo' });
    made.take(month(0), Date.UTC(2024, 1, 1));
    made.take(month(1), Date.UTC(2024, 2, 1));
    made.take(month(4), Date.UTC(2024, 5, 1));
    made.tick(Date.UTC(2024, 5, 1) + 300);
    expect(port.requests).toEqual([
      { type: 'klines', symbol: 'BTCUSDT', interval: '1mo', from: Date.UTC(2024, 2), to: Date.UTC(2024, 4) },
    ]);
    made.fetched([month(2), month(3)], true, Date.UTC(2024, 5, 1) + 400);
    expect(port.numbers('open_time')).toEqual([0, 1, 2, 3, 4].map((n) => Date.UTC(2024, n)));
  });

  it('cannot be fetched: lost when there is a later one, with the reason', () => {
    const { port, made, minutes } = series();
    made.take(bar(3), at(4, 1));
    made.take(bar(5), at(6, 1));
    made.tick(at(6, 2));
    made.failed('banned', at(6, 3));
    expect(minutes()).toEqual([3, 5]);
    expect(port.statuses.at(-1)).toMatchObject({ state: 'lost', from: 4 * MINUTE, to: 4 * MINUTE, reason: 'banned' });
  });
});
