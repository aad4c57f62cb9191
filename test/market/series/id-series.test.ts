import { describe, expect, it } from 'vitest';
import { IdSeries } from '../../../src/market/binance/series/id-series.ts';
import type { MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import { aggTrade, trade, trades } from './events.ts';
import { RecordingPort } from './recording-port.ts';

const TOPIC = 'trades.BTCUSDT';

function series(options: { readonly maxHeld?: number } = {}) {
  const port = new RecordingPort();
  const made = new IdSeries({ topic: TOPIC, type: 'trades', symbol: 'BTCUSDT', port, ...options });
  const take = (...events: MarketEvent[]) => {
    for (const event of events) made.take(event, 0);
  };
  const ids = () => port.numbers('id');
  return { port, made, take, ids };
}

const spent = (id: number): MarketEvent => ({ type: 'spentTrade', symbol: 'BTCUSDT', id });
const asked = (fromId: number, toId: number) => ({ type: 'trades', symbol: 'BTCUSDT', fromId, toId });

describe('trades and aggTrades by their ids', () => {
  it('begin with the first event and come as rows of the records', () => {
    const { port, take } = series();
    take(trade(5), trade(6));
    expect(port.rows).toEqual([
      {
        topic: TOPIC,
        ts: 5_000,
        timeUs: 5_000_000,
        json: '{"id":5,"price":100.5,"qty":2,"quote_qty":201,"time":5000,"is_buyer_maker":true}',
      },
      expect.objectContaining({ ts: 6_000 }),
    ]);
    expect(port.statuses).toEqual([]);
  });

  it('are told apart: an aggTrade is nothing to trades', () => {
    const { port, take } = series();
    take(aggTrade(5), trade(9));
    expect(port.numbers('id')).toEqual([9]);
    const agg = new RecordingPort();
    const other = new IdSeries({ topic: 'aggTrades.BTCUSDT', type: 'aggTrades', symbol: 'BTCUSDT', port: agg });
    other.take(trade(1), 0);
    other.take(aggTrade(7), 0);
    expect(agg.numbers('agg_trade_id')).toEqual([7]);
    expect(agg.rows[0]?.ts).toBe(7_000);
  });

  it('that come twice are dropped and counted, also while they wait', () => {
    const { made, take, ids } = series();
    take(trade(5), trade(5), trade(4), trade(7), trade(7), trade(6));
    expect(ids()).toEqual([5, 6, 7]);
    expect(made.duplicates).toBe(3);
  });

  it('in the wrong order are put right without asking REST', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(7), trade(8));
    made.tick(249);
    expect(ids()).toEqual([5]);
    take(trade(6));
    made.tick(10_000);
    expect(ids()).toEqual([5, 6, 7, 8]);
    expect(port.requests).toEqual([]);
    expect(port.statuses).toEqual([]);
  });

  it('that are missing behind a gap that closed by itself have their own 250 ms', () => {
    const { port, made } = series();
    made.take(trade(5), 0);
    made.take(trade(7), 0);
    made.take(trade(9), 100);
    made.take(trade(6), 200);
    made.tick(449);
    expect(port.requests).toEqual([]);
    made.tick(450);
    expect(port.requests).toEqual([asked(8, 9)]);
  });

  it('that are missing are asked for after 250 ms, and come before those that waited', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(9));
    made.tick(250);
    made.tick(500);
    // With the one behind the gap.
    expect(port.requests).toEqual([asked(6, 9)]);
    take(trade(10));
    made.fetched([trade(6), trade(7)], false, 600);
    expect(ids()).toEqual([5, 6, 7]);
    made.fetched([trade(8)], true, 700);
    expect(ids()).toEqual([5, 6, 7, 8, 9, 10]);
    expect(port.gaps()).toEqual(['filling 6-8 (0)', 'filled 6-8 (3)']);
  });

  it('say what was filled before the rows that waited', () => {
    const { port, made, take } = series();
    take(trade(5), trade(7));
    made.tick(250);
    made.fetched([trade(6)], true, 300);
    expect(
      port.log.map((each) => (typeof each === 'string' ? JSON.parse(each).id : 'state' in each && each.state)),
    ).toEqual([5, 'filling', 6, 'filled', 7]);
  });

  it('that a page leaves out are lost, with their exact ids; the others are filled', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(20));
    made.tick(250);
    made.fetched([trade(6), trade(9), trade(10), ...trades(15, 19)], true, 300);
    expect(ids()).toEqual([5, 6, 9, 10, 15, 16, 17, 18, 19, 20]);
    expect(port.gaps()).toEqual([
      'filling 6-19 (0)',
      'filled 6-6 (1)',
      'lost 7-8 (0)',
      'filled 9-10 (2)',
      'lost 11-14 (0)',
      'filled 15-19 (5)',
    ]);
  });

  it('that REST does not have though it has the one behind the gap are lost at once', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(9));
    made.tick(250);
    made.fetched([trade(6), trade(9)], true, 300);
    expect(ids()).toEqual([5, 6, 9]);
    expect(port.gaps()).toEqual(['filling 6-8 (0)', 'filled 6-6 (1)', 'lost 7-8 (0)']);
  });

  it('at the end of a gap are asked for again while REST may be behind, and lost after five empty answers', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(9));
    made.tick(250);
    made.fetched([trade(6)], true, 300);
    made.tick(1_299);
    expect(port.requests).toHaveLength(1);
    for (let now = 1_300; now < 20_000; now += 1_100) {
      const before = port.requests.length;
      made.tick(now);
      if (port.requests.length === before) continue;
      expect(ids()).toEqual([5, 6]);
      expect(port.requests.at(-1)).toEqual(asked(7, 9));
      made.fetched([], true, now + 100);
    }
    expect(port.requests).toHaveLength(6);
    expect(ids()).toEqual([5, 6, 9]);
    expect(port.gaps()).toEqual(['filling 6-8 (0)', 'filled 6-6 (1)', 'lost 7-8 (0)']);
  });

  it('that cannot be had are lost with the reason, and the others go on', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(8));
    made.tick(250);
    made.failed('only the last 2 days', 300);
    take(trade(9));
    expect(ids()).toEqual([5, 8, 9]);
    expect(port.statuses.at(-1)).toEqual({
      kind: 'gap',
      topic: TOPIC,
      state: 'lost',
      from: 6,
      to: 7,
      rows: 0,
      reason: 'only the last 2 days',
    });
  });

  it('that come late by themselves are no loss, whatever REST has', () => {
    const { port, made, take, ids } = series();
    take(trade(5), trade(9));
    made.tick(250);
    take(trade(7));
    made.failed('down', 300);
    expect(ids()).toEqual([5, 7, 9]);
    expect(port.gaps()).toEqual(['filling 6-8 (0)', 'lost 6-6 (0)', 'filled 7-7 (1)', 'lost 8-8 (0)']);
    take(trade(8));
    expect(ids()).toEqual([5, 7, 9]);
  });

  it('with spent ids have no gap and no row there', () => {
    const { port, made, take, ids } = series();
    take(trade(5), spent(6), trade(7), spent(9), trade(10), trade(8));
    made.tick(1_000);
    expect(ids()).toEqual([5, 7, 8, 10]);
    expect(port.statuses).toEqual([]);
  });

  it('that do not fit are fetched together with what was missing before them', () => {
    const { port, made, take, ids } = series({ maxHeld: 3 });
    take(trade(5), ...trades(10, 20));
    expect(made.held).toBe(3);
    made.tick(250);
    expect(port.requests).toEqual([asked(6, 10)]);
    made.fetched(trades(6, 10), true, 300);
    expect(ids()).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    made.tick(550);
    expect(port.requests.at(-1)).toEqual(asked(13, 20));
    take(trade(21));
    made.fetched(trades(13, 20), true, 600);
    expect(ids()).toEqual(trades(5, 21).map((_, index) => index + 5));
  });

  it('go over from history: pages flow while live events wait', () => {
    const { port, made, take, ids } = series();
    made.resume(100);
    take(trade(1_000));
    made.tick(250);
    expect(port.requests).toEqual([asked(101, 1_000)]);
    made.fetched(trades(101, 600), false, 300);
    take(trade(1_001));
    expect(ids()).toHaveLength(500);
    made.fetched(trades(601, 999), true, 400);
    expect(ids()).toEqual(trades(101, 1_001).map((_, index) => index + 101));
    expect(port.gaps()).toEqual(['filling 101-999 (0)', 'filled 101-999 (899)']);
  });

  it('of a quiet symbol are fetched 5 s after an interruption, and every 5 s as long as REST has more', () => {
    const { port, made, take, ids } = series();
    take(trade(5));
    made.interrupted();
    made.tick(10_000);
    made.tick(14_999);
    expect(port.requests).toEqual([]);
    made.tick(15_000);
    expect(port.requests).toEqual([{ ...asked(6, 1_005), onePage: true }]);
    made.fetched([trade(6), trade(7)], false, 15_100);
    made.fetched([], true, 15_200);
    made.tick(20_199);
    expect(port.requests).toHaveLength(1);
    made.tick(20_200);
    expect(port.requests.at(-1)).toEqual({ ...asked(8, 1_007), onePage: true });
    made.fetched([], true, 20_400);
    made.tick(60_000);
    expect(port.requests).toHaveLength(2);
    take(trade(8));
    expect(ids()).toEqual([5, 6, 7, 8]);
    expect(port.gaps()).toEqual(['filling 6-7 (0)', 'filled 6-7 (2)']);
  });

  it('of a busy symbol are fetched page by page after an interruption, and the newest ones not one by one', () => {
    const { port, made, take, ids } = series();
    take(trade(5));
    made.interrupted();
    for (let [now, last] = [0, 3_000]; now < 14_000; now += 100) {
      made.tick(now);
      last += 4;
      const request = port.requests.at(-1);
      if (request?.type !== 'trades' || request.fromId !== (ids().at(-1) ?? 0) + 1) continue;
      made.fetched(trades(request.fromId, Math.min(request.toId, last)), false, now);
      made.fetched([], true, now);
    }
    expect(port.requests).toHaveLength(5);
    expect(ids()).toEqual(trades(5, ids().at(-1) ?? 0).map((_, index) => index + 5));
  });

  it('of a quiet symbol are no loss when REST cannot be reached; it is asked again later', () => {
    const { port, made, ids } = series();
    made.resume(5);
    const times: number[] = [];
    for (let now = 0; now < 200_000; now += 1_000) {
      const before = port.requests.length;
      made.tick(now);
      if (port.requests.length === before) continue;
      times.push(now);
      made.failed('no connection', now);
    }
    expect(times).toEqual([5_000, 15_000, 35_000, 75_000, 135_000, 195_000]);
    made.take(trade(6), 200_000);
    expect(ids()).toEqual([6]);
    expect(port.statuses).toEqual([]);
  });

  it('are not asked for after an interruption when the next one comes at once', () => {
    const { port, made, take, ids } = series();
    take(trade(5));
    made.interrupted();
    made.tick(0);
    take(trade(6));
    made.tick(60_000);
    expect(port.requests).toEqual([]);
    expect(ids()).toEqual([5, 6]);
  });

  it('drop live events that history has delivered already', () => {
    const { made, take, ids } = series();
    made.resume(100);
    take(trade(99), trade(100), trade(101));
    expect(ids()).toEqual([101]);
  });

  it('do not take an answer that nobody has asked for, nor rows beyond the gap', () => {
    const { made, take, ids } = series();
    take(trade(5), trade(8));
    made.fetched(trades(6, 7), true, 10);
    expect(ids()).toEqual([5]);
    made.tick(250);
    made.fetched(trades(6, 12), true, 300);
    expect(ids()).toEqual([5, 6, 7, 8]);
  });
});
