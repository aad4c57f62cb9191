import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { parseRoute, serves } from '../../src/fake/socket/route.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { topicsOf } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { LiveComponent } from './live-component.ts';
import { expectUnbroken, keysOf, type LostRange } from './live-truth.ts';

const STREAMS = ['trades', 'aggTrades', 'klines', 'orderBook', 'status'];
/** Bars of a minute close every six seconds. */
const SPEED = 10;

let aegis: TestAegis;
beforeAll(async () => {
  aegis = await startTestAegis();
});
afterAll(() => aegis?.close());

describe.each([
  { market: 'um', symbol: 'BTCUSDT', paths: ['/market', '/public'] },
  { market: 'cm', symbol: 'BTCUSD_PERP', paths: [''] },
] as const)('a realtime session of $market futures', ({ market, symbol, paths }) => {
  const declared = {
    symbols: [symbol],
    streams: STREAMS,
    timeframes: ['1m'],
    speeds: ['100ms', '250ms', '500ms'],
  };
  const withKeys = [`trades.${symbol}`, `aggTrades.${symbol}`, `klines.${symbol}.1m`];
  let exchange: FakeExchange;
  let session: SessionHandle;
  let component: LiveComponent;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ market, symbols: [symbol], rate: 20, speed: SPEED });
    session = await aegis.create({ mode: 'realtime', market, endpoint: exchange.url });
    component = await LiveComponent.attach(aegis, session, exchange, declared);
    await session.start();
    await until('each topic has rows', () => topicsOf(declared).every((topic) => component.topics.has(topic)));
  });
  afterAll(() => exchange?.close());
  afterEach(() => exchange.heal());

  function lossesOf(topic: string): LostRange[] {
    return component.statuses
      .filter((status) => status.kind === 'gap' && status.state === 'lost' && status.topic === topic)
      .map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
  }

  async function expectWhole(): Promise<void> {
    await component.caughtUp();
    const { topics } = component;
    for (const topic of withKeys) await expectUnbroken(exchange, topics.get(topic) ?? [], lossesOf(topic));
  }

  function open() {
    return exchange.stats.connections.filter(({ ended }) => ended === undefined);
  }

  it('gives every row of every topic, once, in order', async () => {
    const bars = () => component.topics.get(`klines.${symbol}.1m`)?.length ?? 0;
    await until('two bars have closed', () => bars() >= 2);
    await expectWhole();
    expect(withKeys.flatMap(lossesOf)).toEqual([]);
  });

  it('subscribes each stream where it is served', async () => {
    const seen = open().map(({ url, streams, sent }) => {
      const { group } = parseRoute(market, url) ?? {};
      if (group === undefined) throw new Error(`no path of the exchange: ${url}`);
      for (const stream of streams) {
        expect(serves(group, stream), `${stream} at ${url}`).toBe(true);
        expect(sent[stream]?.frames, `frames of ${stream}`).toBeGreaterThan(0);
      }
      return { path: url.slice(0, url.indexOf('/stream')), streams };
    });
    expect(seen.map(({ path }) => path).sort()).toEqual(paths);
    const name = symbol.toLowerCase();
    expect(seen.flatMap(({ streams }) => streams).sort()).toEqual(
      ['@aggTrade', '@depth', '@depth@100ms', '@depth@500ms', '@kline_1m', '@trade'].map((suffix) => name + suffix),
    );
  });

  it('gives books of each speed, each row newer than the one before', () => {
    const rowsOf = (speed: string) => component.topics.get(`orderBook.${symbol}.${speed}`) ?? [];
    for (const speed of declared.speeds) {
      const ids = rowsOf(speed).map(({ json }): number => JSON.parse(json).last_update_id);
      expect(ids.length).toBeGreaterThan(10);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    }
    expect(rowsOf('100ms').length).toBeGreaterThan(rowsOf('250ms').length);
    expect(rowsOf('250ms').length).toBeGreaterThan(rowsOf('500ms').length);
  });

  it('has no row for an id that is spent on no trade, and declares no loss', async () => {
    const { spent = [] } = exchange.misbehave({ kind: 'spentIds', symbol, count: 5 });
    expect(spent).not.toEqual([]);
    const last = Math.max(...spent);
    await until('they have gone by', () => exchange.truth.last(symbol).tradeId > last + 50);
    await expectWhole();
    const ids = new Set(component.topics.get(`trades.${symbol}`)?.map(({ json }): number => JSON.parse(json).id));
    expect(spent.filter((id) => ids.has(id))).toEqual([]);
    expect(ids.has(last + 1)).toBe(true);
    expect(lossesOf(`trades.${symbol}`)).toEqual([]);
  });

  it('fills what a cut has taken', async () => {
    const connections = exchange.stats.connected;
    exchange.misbehave({ kind: 'disconnect' });
    await until('it has connected again', () => exchange.stats.connected >= connections + paths.length);
    await component.got(200);
    await expectWhole();
    expect(withKeys.flatMap(lossesOf)).toEqual([]);
  });

  it('fills aggregates after a long absence, and declares exactly the trades that are out of reach', async () => {
    const trades = `trades.${symbol}`;
    const before = keysOf(component.topics.get(trades)?.slice(-1) ?? [])[0] ?? 0;
    exchange.misbehave({ kind: 'away', forMs: 7_000 });
    await until('trades are declared lost', () => lossesOf(trades).length > 0, 120_000);
    await component.got(200);
    await expectWhole();
    // Declared piece by piece: what is missing before each answer of REST.
    const losses = lossesOf(trades);
    expect(losses[0]?.from).toBeGreaterThan(before);
    expect(losses.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBeGreaterThan(100);
    expect(lossesOf(`aggTrades.${symbol}`)).toEqual([]);
    expect(lossesOf(`klines.${symbol}.1m`)).toEqual([]);
  }, 240_000);

  it('has told the stream that it gave', async () => {
    await session.stop();
    const { summary } = await until('the run is summed up', async () => {
      const state = await session.state();
      return state.summary === undefined ? undefined : state;
    });
    const { lines } = component;
    expect(summary?.components[component.id]).toMatchObject({ rows: lines.length, hash: independentHash(lines) });
  });
});
