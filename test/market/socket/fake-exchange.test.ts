import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeExchange } from '../../../src/fake/fake-exchange.ts';
import type { Misbehaviour } from '../../../src/fake/faults/misbehaviour.ts';
import type { FakeExchangeOptions } from '../../../src/fake/options.ts';
import { endpointsOf } from '../../../src/market/binance/endpoints.ts';
import type { SocketEvent } from '../../../src/market/binance/socket/socket-event.ts';
import type { SocketTimings } from '../../../src/market/binance/socket/socket-settings.ts';
import { streamOf } from '../../../src/market/binance/stream/stream-name.ts';
import { MARKETS, type Market } from '../../../src/model/market.ts';
import { until } from '../../support/until.ts';
import { type Watched, watchSockets } from './watched-sockets.ts';

const TOPICS = ['trades', 'aggTrades', 'klines', 'orderBook'] as const;
const DETAIL = { trades: '', aggTrades: '', klines: '.1m', orderBook: '.100ms' } as const;
/** Klines come every 2 s. */
const PATIENCE = (stream: string) =>
  stream.includes('kline') ? undefined : { firstMs: 400, floorMs: 400, capMs: 3_000 };

interface Setting extends Watched {
  readonly exchange: FakeExchange;
  /** Trade ids of a symbol, as a series sees them: those above the last one. */
  readonly tradeIds: () => number[];
}

async function session(options: FakeExchangeOptions, timings: Partial<SocketTimings> = {}): Promise<Setting> {
  const market = options.market ?? 'spot';
  const exchange = await FakeExchange.start({ rate: 200, historyDays: 0, ...options });
  onTestFinished(() => exchange.close());
  const endpoints = endpointsOf(market, exchange.url);
  const watched = watchSockets({ endpoints }, { market, patience: PATIENCE, timings });
  const [symbol = ''] = exchange.symbols;
  watched.sockets.set(TOPICS.map((type) => wanted(market, `${type}.${symbol}${DETAIL[type]}`)));
  const trades = wanted(market, `trades.${symbol}`).name;
  return { ...watched, exchange, tradeIds: () => tradeIds(watched, trades) };
}

function wanted(market: Market, topic: string) {
  const stream = streamOf(market, topic);
  if (stream === undefined) throw new Error(`no stream for ${topic}`);
  return stream;
}

function tradeIds({ frames }: Watched, name: string): number[] {
  let last = Number.NEGATIVE_INFINITY;
  const mine = frames.filter(({ stream }) => stream === name);
  return mine
    .map(({ text }) => Number(JSON.parse(String(text)).data.t))
    .filter((id) => {
      const isNew = id > last;
      last = Math.max(last, id);
      return isNew;
    });
}

function expectUnbroken(ids: readonly number[], least: number): void {
  expect(ids.length).toBeGreaterThan(least);
  expect(ids).toEqual(Array.from(ids, (_, index) => (ids[0] ?? 0) + index));
}

describe('against the fake exchange', () => {
  it.each(MARKETS)('%s: every kind of stream comes, and no trade is missing', async (market) => {
    const { exchange, tradeIds, sockets, frames, events } = await session({ market });
    await until('200 trades', () => tradeIds().length > 200);
    await until('all streams', () => new Set(frames.map(({ stream }) => stream)).size === TOPICS.length);
    expectUnbroken(tradeIds(), 200);
    expect(sockets.status.silent).toEqual([]);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['opened']));
    expect(exchange.stats.connected).toBe(market === 'um' ? 2 : 1);
  });

  it.each(MARKETS)('%s: connections are replaced before their time is up, and no trade is missing', async (market) => {
    const { tradeIds, of, event } = await session({ market }, { lifeMs: 500, overlapMs: 3_000 });
    await event('rotated', 2);
    await until('300 trades', () => tradeIds().length > 300);
    expectUnbroken(tradeIds(), 300);
    expect([of('lost'), of('rotationFailed')]).toEqual([[], []]);
  });

  it('announces its shutdown: the next connection is there before it comes, and no trade is missing', async () => {
    const { exchange, tradeIds, of, event } = await session({}, { overlapMs: 3_000 });
    await until('trades', () => tradeIds().length > 50);
    exchange.misbehave({ kind: 'shutdown', afterMs: 4_000 });
    expect(await event('rotated')).toMatchObject({ reason: 'its server shuts down', connection: 2, before: 1 });
    const then = tradeIds().length;
    await until('trades after it', () => tradeIds().length > then + 50);
    expectUnbroken(tradeIds(), 100);
    expect(of('lost')).toEqual([]);
  });

  it.each<[string, Misbehaviour, SocketEvent['type'][], RegExp]>([
    ['cuts a socket', { kind: 'disconnect' }, ['lost', 'opened'], /1006/],
    ['closes a socket', { kind: 'disconnect', how: 'close' }, ['lost', 'opened'], /100\d/],
    ['ends its 24 hours', { kind: 'lifetimeEnd' }, ['lost', 'opened'], /24 hours/],
    ['is half-open', { kind: 'halfOpen' }, ['lost', 'opened'], /half-open/],
    ['is away', { kind: 'away', forMs: 500 }, ['lost', 'refused', 'waiting', 'opened'], /100\d/],
  ])('%s: it is told with its reason, and all streams come again', async (_name, misbehaviour, types, reason) => {
    const { exchange, frames, event, events } = await session({}, { probeMs: 100, probeAnswerMs: 200 });
    await until('all streams', () => new Set(frames.map(({ stream }) => stream)).size === TOPICS.length);
    const before = performance.now();
    exchange.misbehave(misbehaviour);
    const lost = await event('lost');
    expect(lost.reason).toMatch(reason);
    expect(lost.streams).toHaveLength(TOPICS.length);
    const { connection } = await event('opened', 2);
    const after = () => new Set(frames.filter((each) => each.connection >= connection).map(({ stream }) => stream));
    await until('all streams again', () => after().size === TOPICS.length);
    console.log(`  recovered after ${Math.round(performance.now() - before)} ms`);
    // On a busy machine a half-open socket may be silent for longer than its first probe takes: that is told as well.
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining([...types, 'waiting']));
  });

  it('goes silent on one stream: it is told, remedies are tried, and it is told when it comes back', async () => {
    const { exchange, event, of, tradeIds } = await session({});
    await until('trades', () => tradeIds().length > 50);
    const { id } = exchange.misbehave({ kind: 'silence', stream: '*@aggTrade' });
    expect(await event('silent')).toMatchObject({ stream: 'btcusdt@aggTrade', remedy: 'resubscribe' });
    expect(await event('silent', 2)).toMatchObject({ stream: 'btcusdt@aggTrade', remedy: 'reconnect' });
    await event('rotated');
    exchange.heal(id);
    expect((await event('sounding')).stream).toBe('btcusdt@aggTrade');
    expectUnbroken(tradeIds(), 50);
    expect(of('lost')).toEqual([]);
  });

  it('acknowledges streams on the wrong path of USD-M: they are told', async () => {
    const { sockets, event, of, frames } = await session({ market: 'um' });
    await until('all streams', () => new Set(frames.map(({ stream }) => stream)).size === TOPICS.length);
    sockets.set([{ name: 'btcusdt@aggTrade', path: '/public' }]);
    expect((await event('silent')).stream).toBe('btcusdt@aggTrade');
    expect(of('requestFailed')).toEqual([]);
  });
});
