import { describe, expect, it } from 'vitest';
import { patienceOf } from '../../../src/market/binance/socket/patience.ts';
import { type SilenceNews, SilenceWatch } from '../../../src/market/binance/socket/silence.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { streams, watchSockets } from './watched-sockets.ts';

const PATIENCE = { firstMs: 1_000, floorMs: 100, capMs: 3_000 };
const STREAM = 'a@trade';

/** Listens from 0 on, hears frames at these times, and gives what is told when it is checked every 10 ms. */
function watched(heardAt: readonly number[], untilMs: number): (SilenceNews & { at: number })[] {
  const watch = new SilenceWatch(() => PATIENCE);
  watch.listen(STREAM, 0);
  const frames = new Set(heardAt);
  const news: (SilenceNews & { at: number })[] = [];
  for (let now = 0; now <= untilMs; now += 10) {
    if (frames.has(now)) watch.heard(STREAM, now);
    for (const each of watch.check(now)) news.push({ ...each, at: now });
  }
  return news;
}

function every(ms: number, from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, index) => from + index * ms);
}

describe('when a stream is called silent', () => {
  it.each([
    ['never delivered: after its first patience', [], 1_010],
    ['delivered a little, its rhythm is not known: the first patience again', [0, 10, 20], 1_030],
    ['fast: the floor, however fast it is', every(10, 0, 2_000), 2_110],
    ['one in 100 ms: four times its longest pause', every(100, 0, 2_000), 2_410],
    ['bursts with pauses: the pauses count, not the average', [...every(10, 0, 500), ...every(10, 900, 2_000)], 3_610],
    ['slow: the cap, however slow it is', every(900, 0, 9_000), 12_010],
  ])('%s', (_name, heardAt, at) => {
    expect(watched(heardAt, at - 10)).toEqual([]);
    const forMs = at - (heardAt.at(-1) ?? 0);
    expect(watched(heardAt, at)).toEqual([{ stream: STREAM, forMs, remedy: 'resubscribe', at }]);
  });

  it('is told again with the next remedy, ever more seldom', () => {
    const news = watched([], 20_000);
    expect(news.map(({ remedy, at }) => [remedy, at])).toEqual([
      ['resubscribe', 1_010],
      ['reconnect', 2_010],
      ['reconnect', 4_010],
      ['reconnect', 8_010],
      ['reconnect', 16_010],
    ]);
    expect(news.at(-1)?.forMs).toBe(16_010);
  });

  it('tells for how long when it comes back, and knows from then on that it has such pauses', () => {
    const watch = new SilenceWatch(() => ({ ...PATIENCE, capMs: 10_000 }));
    watch.listen(STREAM, 0);
    expect(watch.check(1_001)).toHaveLength(1);
    expect([watch.isSilent(STREAM), watch.silent]).toEqual([true, [STREAM]]);
    expect(watch.heard(STREAM, 1_200)).toBe(1_200);
    expect([watch.isSilent(STREAM), watch.silent]).toEqual([false, []]);
    expect(watch.heard(STREAM, 2_500)).toBeUndefined();
    const limit = 4 * 1_300;
    expect(watch.check(2_500 + limit)).toEqual([]);
    expect(watch.check(2_501 + limit)).toMatchObject([{ forMs: limit + 1 }]);
  });

  it('does not count the time in which its connection is away', () => {
    const watch = new SilenceWatch(() => PATIENCE);
    watch.listen(STREAM, 0);
    watch.pause(STREAM);
    expect(watch.check(50_000)).toEqual([]);
    watch.listen(STREAM, 50_000);
    expect([watch.check(51_000), watch.check(51_001)]).toMatchObject([[], [{ forMs: 1_001 }]]);
  });

  it('forgets a long pause in the course of hours', () => {
    const patience = { firstMs: 1_000, floorMs: 1_000, capMs: 10_000_000 };
    const watch = new SilenceWatch(() => patience);
    watch.listen(STREAM, 0);
    watch.heard(STREAM, 0);
    for (let now = 600_000; now <= 18_000_000; now += 1_000) {
      watch.heard(STREAM, now);
      watch.check(now);
    }
    expect(watch.check(18_000_000 + 10_000)).toHaveLength(1);
  });

  it('says nothing about streams that may be silent for ever, and about those that are dropped', () => {
    const watch = new SilenceWatch(patienceOf);
    watch.listen('btcusdt@forceOrder', 0);
    watch.listen('btcusdt@trade', 0);
    watch.forget('btcusdt@trade');
    expect(watch.check(1e9)).toEqual([]);
  });

  it.each([
    ['btcusdt@trade', 60_000],
    ['btcusdt@aggTrade', 60_000],
    ['btcusdt@kline_1m', 30_000],
    ['btcusdt@depth@100ms', 30_000],
    ['btcusdt@depth', 30_000],
    ['btcusdt@forceOrder', undefined],
    ['!miniTicker@arr', undefined],
  ])('%s has %s ms for its first frame', (stream, firstMs) => {
    expect(patienceOf(stream)?.firstMs).toBe(firstMs);
  });
});

const SOON = () => ({ firstMs: 150, floorMs: 100, capMs: 1_000 });

describe('a stream that is acknowledged and says nothing', () => {
  it('is told, and comes back with a new subscription when that is all it takes', async () => {
    const serves = (stream: string) => stream !== 'b@trade' || (exchange.clients[0]?.requests.length ?? 0) >= 2;
    const exchange = await ScriptedExchange.start({ serves });
    const { sockets, event, sounding, of } = watchSockets(exchange, { patience: SOON });
    sockets.set(streams(['a@trade', 'b@trade']));
    const silent = await event('silent');
    expect(silent).toMatchObject({ stream: 'b@trade', remedy: 'resubscribe' });
    expect(silent.forMs).toBeGreaterThan(150);
    expect((await event('sounding')).forMs).toBeGreaterThanOrEqual(silent.forMs);
    await sounding(streams(['a@trade', 'b@trade']));
    const [client] = exchange.clients;
    expect(client?.requests.map(({ method, params }) => [method, params])).toEqual([
      ['UNSUBSCRIBE', ['b@trade']],
      ['SUBSCRIBE', ['b@trade']],
    ]);
    expect([exchange.clients.length, of('rotating')]).toEqual([1, []]);
  });

  it('gets a new connection when it takes that, which the others do not notice', async () => {
    const serves = (stream: string, client: (typeof exchange.clients)[number]) =>
      stream !== 'b@trade' || exchange.clients.indexOf(client) > 0;
    const exchange = await ScriptedExchange.start({ serves });
    const { sockets, event, sounding, ids, of } = watchSockets(exchange, { patience: SOON });
    sockets.set(streams(['a@trade', 'b@trade']));
    expect(await event('rotating')).toEqual({ type: 'rotating', connection: 1, reason: 'silent: b@trade' });
    expect(await event('rotated')).toMatchObject({ connection: 2, before: 1 });
    await sounding(streams(['a@trade', 'b@trade']));
    expect(of('sounding')).toHaveLength(1);
    expect(of('lost')).toEqual([]);
    const seen = [...new Set(ids.get('a@trade'))];
    expect(seen).toEqual(Array.from(seen, (_, index) => (seen[0] ?? 0) + index));
  });

  it('on the wrong path of USD-M is told although the exchange acknowledges it', async () => {
    const serves = (stream: string, { url }: { url: URL }) =>
      url.pathname === (stream.includes('kline') ? '/market/stream' : '/public/stream');
    const exchange = await ScriptedExchange.start({ serves });
    const { sockets, event, sounding } = watchSockets(exchange, { market: 'um', patience: SOON });
    const wrong = streams(['a@kline_1m', 'a@depth'], '/public');
    sockets.set(wrong);
    expect(await event('silent')).toMatchObject({ stream: 'a@kline_1m' });
    expect(sockets.status.silent).toEqual(['a@kline_1m']);
    const right = [...streams(['a@kline_1m'], '/market'), ...streams(['a@depth'], '/public')];
    sockets.set(right);
    await sounding(right);
    expect(sockets.status.silent).toEqual([]);
  });
});
