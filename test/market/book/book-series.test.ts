import { describe, expect, it } from 'vitest';
import { BookSeries, type BookSpeed } from '../../../src/market/binance/book/book-series.ts';
import type { Market } from '../../../src/model/market.ts';
import { RecordingPort } from '../series/recording-port.ts';
import { depth, snapshot } from './depth.ts';

function series({ market = 'spot', speed = 100 }: { readonly market?: Market; readonly speed?: BookSpeed } = {}) {
  const port = new RecordingPort();
  const made = new BookSeries({ topic: `orderBook.BTCUSDT.${speed}ms`, symbol: 'BTCUSDT', market, speed, port });
  const states = () => port.statuses.flatMap((each) => (each.kind === 'book' ? [each.state] : []));
  const ids = () => port.numbers('last_update_id');
  return { port, made, states, ids };
}

/** A series whose book has the updates up to 10. */
function synced(options: { readonly market?: Market; readonly speed?: BookSpeed } = {}) {
  const all = series(options);
  all.made.take(depth({ from: 9, to: 10, previous: 8 }), 0);
  all.made.fetched(snapshot(10), true, 0);
  return all;
}

const next = (id: number, more = {}) => depth({ from: id, to: id, previous: id - 1, ...more });
const best = (json = '') => {
  const { bids, asks } = JSON.parse(json);
  return [bids[0], asks[0]];
};

describe('an order book', () => {
  it('begins with a snapshot and the changes that were buffered meanwhile', () => {
    const { port, made, states, ids } = series();
    made.take(next(9), 0);
    expect(port.requests).toEqual([{ type: 'depth', symbol: 'BTCUSDT' }]);
    made.take(depth({ from: 10, to: 12, bids: [['10000.5', '7']] }), 10);
    made.fetched(snapshot(10), true, 20);
    expect(states()).toEqual(['synced']);
    expect(ids()).toEqual([12]);
    expect(best(port.rows[0]?.json)).toEqual([
      { price: 10_000.5, quantity: 7 },
      { price: 10_001, quantity: 1 },
    ]);
  });

  it('is a row of the best 20 levels, with the time of the change', () => {
    const { port, made } = synced();
    made.take(next(11, { time: 1_234, asks: [['10001', '0']] }), 0);
    expect(port.rows.at(-1)).toMatchObject({ topic: 'orderBook.BTCUSDT.100ms', ts: 1_234, timeUs: 1_234_000 });
    const data = JSON.parse(port.rows.at(-1)?.json ?? '');
    expect(Object.keys(data)).toEqual(['last_update_id', 'event_time', 'bids', 'asks']);
    expect(data).toMatchObject({ last_update_id: 11, event_time: 1_234 });
    expect(data.bids.map(({ price }: { price: number }) => price)).toEqual(
      Array.from({ length: 20 }, (_, i) => 10_000 - i),
    );
    expect(data.asks.map(({ price }: { price: number }) => price)).toEqual(
      Array.from({ length: 20 }, (_, i) => 10_002 + i),
    );
  });

  it('takes another snapshot when that is older than the changes', () => {
    const { port, made, states, ids } = series();
    made.take(next(20), 0);
    made.fetched(snapshot(10), true, 100);
    made.take(next(21), 200);
    expect(port.requests).toHaveLength(1);
    made.tick(1_000);
    expect(port.requests).toHaveLength(2);
    made.fetched(snapshot(20), true, 1_100);
    expect(states()).toEqual(['synced']);
    expect(ids()).toEqual([21]);
  });

  it.each([
    { market: 'spot', change: depth({ from: 12, to: 13 }), reason: 'updates between 10 and 13 are missing' },
    {
      market: 'um',
      change: depth({ from: 11, to: 13, previous: 11 }),
      reason: 'updates between 10 and 13 are missing',
    },
    { market: 'cm', change: depth({ from: 11, to: 13 }), reason: 'updates between 10 and 13 are missing' },
    { market: 'spot', change: next(11, { bids: [['10001', '1']] }), reason: 'crossed: bid 10001, ask 10001' },
    { market: 'um', change: next(11, { asks: [['9', '1']] }), reason: 'crossed: bid 10000, ask 9' },
    { market: 'spot', change: next(11, { bids: [['9', '-1']] }), reason: 'a level of -1 at 9' },
    { market: 'spot', change: next(11, { bids: [['9', 'x']] }), reason: 'a level of x at 9' },
    { market: 'spot', change: next(11, { asks: [['0', '1']] }), reason: 'a level of 1 at 0' },
  ] as const)('of $market is thrown away, told once, and built again: $reason', ({ market, change, reason }) => {
    const { port, made, states, ids } = synced({ market });
    const rows = port.rows.length;
    made.take(change, 5_000);
    made.take(next(14), 5_001);
    made.take(next(15), 5_002);
    expect(port.rows).toHaveLength(rows);
    expect(port.statuses.at(-1)).toEqual({ kind: 'book', topic: 'orderBook.BTCUSDT.100ms', state: 'lost', reason });
    expect(port.requests).toHaveLength(2);
    made.fetched(snapshot(14), true, 5_100);
    expect(states()).toEqual(['synced', 'lost', 'synced']);
    expect(ids()).toEqual([10, 15]);
  });

  it('that cannot be had is told once, and asked for less and less often', () => {
    const { port, made, states } = series();
    made.take(next(9), 0);
    const times: number[] = [];
    for (let now = 0; now < 200_000; now += 250) {
      const before = port.requests.length;
      made.tick(now);
      if (now > 0 && port.requests.length > before) times.push(now);
      made.failed('no answer');
    }
    expect(times).toEqual([1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 121_000, 151_000, 181_000]);
    expect(states()).toEqual(['lost']);
  });

  it('has no second row for a change that comes again', () => {
    const { made, ids } = synced({ market: 'um' });
    for (const id of [11, 11, 10, 12]) made.take(next(id), 0);
    expect(ids()).toEqual([10, 11, 12]);
  });

  it('of futures stays right when the streams of two speeds mix', () => {
    const { port, made, states } = synced({ market: 'um' });
    made.take(depth({ from: 11, to: 13, previous: 10, bids: [['9999', '5']] }), 0);
    made.take(depth({ from: 11, to: 15, previous: 8, bids: [['9999', '6']] }), 0);
    made.take(depth({ from: 14, to: 15, previous: 13, bids: [['9999', '6']] }), 0);
    made.take(depth({ from: 16, to: 16, previous: 15 }), 0);
    expect(states()).toEqual(['synced']);
    expect(port.numbers('last_update_id')).toEqual([10, 13, 15, 16]);
    expect(JSON.parse(port.rows.at(-1)?.json ?? '').bids[1]).toEqual({ price: 9_999, quantity: 6 });
  });

  it.each([
    { speed: 100, times: [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000] },
    { speed: 250, times: [0, 300, 500, 800, 1_000] },
    { speed: 500, times: [0, 500, 1_000] },
  ] as const)('every $speed ms is thinned by the time of the changes', ({ speed, times }) => {
    const { port, made } = synced({ speed });
    const rows = port.rows.length;
    const start = 10_000;
    for (let index = 0; index <= 10; index++) made.take(next(11 + index, { time: start + index * 100 }), 0);
    expect(port.rows.slice(rows).map(({ ts }) => ts - start)).toEqual(times);
  });

  it('that is thinned shows its last change also when none follows', () => {
    const { port, made, ids } = synced({ speed: 500 });
    made.take(next(11, { time: 10_000 }), 10_000);
    made.take(next(12, { time: 10_100 }), 10_100);
    made.tick(10_400);
    expect(ids()).toEqual([10, 11]);
    made.tick(10_600);
    made.tick(11_200);
    expect(ids()).toEqual([10, 11, 12]);
    expect(port.rows.at(-1)?.ts).toBe(10_100);
  });

  it('whose snapshot was cut is renewed before it runs out of certain levels, without a break', () => {
    const { port, made, states, ids } = series();
    made.take(next(10), 0);
    made.fetched(snapshot(10, 1_000), true, 0);
    const gone = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => [String(10_000 - from - index), '0'] as const);
    made.take(next(11, { bids: gone(0, 599) }), 5_000);
    expect(port.requests).toHaveLength(1);
    made.take(next(12, { bids: gone(600, 610) }), 5_100);
    expect(port.requests).toHaveLength(2);
    made.take(next(13), 5_200);
    made.fetched(snapshot(12, 1_000), true, 5_300);
    made.take(next(14), 5_400);
    expect(states()).toEqual(['synced']);
    expect(ids()).toEqual([10, 11, 12, 13, 14]);
  });

  it('whose snapshot was cut is lost when the best 20 levels are not certain any more', () => {
    const { port, made, states } = series();
    made.take(next(10), 0);
    made.fetched(snapshot(10, 1_000), true, 0);
    const bids = Array.from({ length: 985 }, (_, index) => [String(10_000 - index), '0'] as const);
    // Heard of, but others may stand between them and the snapshot's last one.
    const below = Array.from({ length: 50 }, (_, index) => [String(8_000 - index), '1'] as const);
    made.take(next(11, { bids: [...bids, ...below] }), 5_000);
    expect(states()).toEqual(['synced', 'lost']);
    expect(port.statuses.at(-1)).toMatchObject({ reason: 'only 15 of the best 20 levels are certain' });
    expect(port.numbers('last_update_id')).toEqual([10]);
  });

  it('with few levels in all is no cut one', () => {
    const { made, states } = synced();
    const bids = Array.from({ length: 30 }, (_, index) => [String(10_000 - index), '0'] as const);
    made.take(next(11, { bids }), 0);
    expect(states()).toEqual(['synced']);
  });
});
