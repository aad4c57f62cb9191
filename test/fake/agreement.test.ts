import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { type ArchiveRef, identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { fetchArchives } from '../../src/market/binance/archive/fetch.ts';
import { renderAggTrade } from '../../src/market/binance/record/agg-trade.ts';
import { canonicalDecimal } from '../../src/market/binance/record/decimal.ts';
import { renderKline } from '../../src/market/binance/record/kline.ts';
import { renderTrade } from '../../src/market/binance/record/trade.ts';
import { MARKETS, type Market } from '../../src/model/market.ts';
import { importArchives } from '../../src/tape/import.ts';
import { zipsBelow } from '../market/reference-data.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { readTopic } from '../tape/rows.ts';
import { bars, type Payload, PlainClient, rows, startExchange } from './plain-client.ts';

const REST = { spot: '/api/v3', um: '/fapi/v1', cm: '/dapi/v1' } as const;
const SYMBOL = { spot: 'BTCUSDT', um: 'BTCUSDT', cm: 'BTCUSD_PERP' } as const;
const KEY = { 'X-MBX-APIKEY': 'any' };

describe.each(MARKETS)('the invented market %s', (market) => {
  const symbol = SYMBOL[market];
  const small = symbol.toLowerCase();

  it('shows the same trades on sockets, over REST and in its truth', async () => {
    const exchange = await startExchange({ market, rate: 2_000 });
    const frames = await collect(exchange, market === 'um' ? '/public' : '', `${small}@trade`, 400);
    const ids = frames.map(({ t }) => Number(t));
    expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
    const truth = exchange.truth.trades(symbol, ids[0] ?? 0, ids.at(-1) ?? 0);
    expect(frames.map((f) => [f.t, plain(f.p), plain(f.q), f.T, f.m])).toEqual(
      truth.map((t) => [t.id, t.price, t.qty, t.time, t.isBuyerMaker]),
    );
    const query = `symbol=${symbol}&fromId=${ids[0]}&limit=${ids.length}`;
    const page = await rows(exchange, `${REST[market]}/historicalTrades?${query}`, KEY);
    const quote = market === 'cm' ? 'baseQty' : 'quoteQty';
    expect(page.map((r) => [r.id, plain(r.price), plain(r.qty), plain(r[quote]), r.time, r.isBuyerMaker])).toEqual(
      truth.map((t) => [t.id, t.price, t.qty, t.quoteQty, t.time, t.isBuyerMaker]),
    );
  });

  it('shows the same aggregates, which hold its trades without a gap', async () => {
    const exchange = await startExchange({ market, rate: 2_000 });
    const frames = await collect(exchange, market === 'um' ? '/market' : '', `${small}@aggTrade`, 300);
    const [first, last] = [Number(frames[0]?.a), Number(frames.at(-1)?.a)];
    const page = await rows(
      exchange,
      `${REST[market]}/aggTrades?symbol=${symbol}&fromId=${first}&limit=${frames.length}`,
    );
    const row = (r: Payload) => [r.a, r.p, r.q, r.f, r.l, r.T, r.m];
    expect(page.map(row)).toEqual(frames.map(row));
    const truth = exchange.truth.aggTrades(symbol, first, last);
    expect(frames.map((f) => [f.a, plain(f.q)])).toEqual(truth.map((t) => [t.aggTradeId, t.quantity]));
    for (const [i, { firstTradeId, lastTradeId, price, transactTime }] of truth.entries()) {
      expect(firstTradeId).toBe(i === 0 ? firstTradeId : (truth[i - 1]?.lastTradeId ?? 0) + 1);
      const fills = exchange.truth.trades(symbol, firstTradeId, lastTradeId);
      expect(fills.every((fill) => fill.price === price && fill.time === transactTime)).toBe(true);
    }
  });

  it('shows the same closed bars, which are rolled up from its trades', async () => {
    const exchange = await startExchange({ market, rate: 2, speed: 120 });
    const stream = `${small}@kline_1m`;
    const client = await PlainClient.open(exchange, `${market === 'um' ? '/market' : ''}/stream?streams=${stream}`);
    const closed = await until('three closed bars', () => {
      const all = client.of(stream).map(({ k }) => k as Payload);
      const found = all.filter(({ x }) => x === true);
      return found.length >= 3 && found;
    });
    const [from, to] = [Number(closed[0]?.t), Number(closed.at(-1)?.T) + 1];
    const truth = await exchange.truth.klines(symbol, '1m', from, to);
    const shown = closed.map((k) => [k.t, k.T, plain(k.o), plain(k.h), plain(k.l), plain(k.c), plain(k.v), k.n]);
    expect(shown).toEqual(
      truth.map((t) => [t.openTime, t.closeTime, t.open, t.high, t.low, t.close, t.volume, t.count]),
    );
    expect(closed.map((k) => [plain(k.q), plain(k.V), plain(k.Q)])).toEqual(
      truth.map((t) => [t.quoteVolume, t.takerBuyVolume, t.takerBuyQuoteVolume]),
    );
    const page = await bars(
      exchange,
      `${REST[market]}/klines?symbol=${symbol}&interval=1m&startTime=${from}&endTime=${to - 1}`,
    );
    expect(page.map((r) => [r[0], r[6], r[1], r[2], r[3], r[4], r[5], r[8], r[7], r[9], r[10]])).toEqual(
      closed.map((k) => [k.t, k.T, k.o, k.h, k.l, k.c, k.v, k.n, k.q, k.V, k.Q]),
    );
    const fills = exchange.truth.trades(symbol, Number(closed[0]?.f), Number(closed[0]?.L));
    expect(fills).toHaveLength(Number(closed[0]?.n));
    expect(fills.every(({ time }) => time >= from && time < from + 60_000)).toBe(true);
  });

  it('has archives of yesterday with the same bytes as its truth, which imports accept without a word', async () => {
    const startAt = Date.UTC(2026, 0, 10, 0, 5);
    const exchange = await startExchange({ market, rate: 0.05, startAt, symbols: [symbol], paused: true });
    const topic = await archived(exchange, market, '2026-01-09');
    const trades = topic('trades');
    const first = JSON.parse(trades[0] ?? '').id;
    expect(trades).toEqual(exchange.truth.trades(symbol, first, first + trades.length - 1).map(renderTrade));
    const aggs = topic('aggTrades');
    const firstAgg = JSON.parse(aggs[0] ?? '').agg_trade_id;
    const all = exchange.truth.aggTrades(symbol, firstAgg, firstAgg + aggs.length - 1);
    expect(aggs).toEqual(all.map(renderAggTrade));
    const day = Date.UTC(2026, 0, 9);
    const klines = await exchange.truth.klines(symbol, '1m', day, day + 86_400_000);
    expect(topic('klines', '1m')).toEqual(klines.map(renderKline));
    // The seam: the next ids are those that REST begins today with.
    const today = await rows(exchange, `${REST[market]}/aggTrades?symbol=${symbol}&fromId=${firstAgg + aggs.length}`);
    expect(today.length).toBeGreaterThan(0);
    expect(today[0]).toMatchObject({ a: firstAgg + aggs.length });
    expect(Number(today[0]?.T)).toBeGreaterThanOrEqual(day + 86_400_000);
  });
});

describe('archives of the fake exchange', () => {
  it('exist for whole days since the listing only', async () => {
    const startAt = Date.UTC(2026, 0, 10, 0, 5);
    const exchange = await startExchange({ rate: 0.05, startAt, historyDays: 2, paused: true });
    const status = async (day: string): Promise<number> => {
      const name = `BTCUSDT-aggTrades-${day}.zip`;
      const response = await fetch(`${exchange.url}/data/spot/daily/aggTrades/BTCUSDT/${name}.CHECKSUM`);
      await response.text();
      return response.status;
    };
    expect(await Promise.all(['2026-01-07', '2026-01-08', '2026-01-09', '2026-01-10'].map(status))).toEqual([
      404, 200, 200, 404,
    ]);
  });

  it('lack ids that exist nowhere', async () => {
    const startAt = Date.UTC(2026, 0, 9, 23, 57);
    const exchange = await startExchange({ rate: 0.2, startAt, symbols: ['BTCUSDT'], speed: 100 });
    const { lost } = exchange.misbehave({ kind: 'lostIds', symbol: 'BTCUSDT', count: 3 });
    await until('the next day', () => exchange.clock.now() > Date.UTC(2026, 0, 10) && true);
    const aggs = (await archived(exchange, 'spot', '2026-01-09'))('aggTrades').map((row) => JSON.parse(row));
    const ids = aggs.map(({ agg_trade_id }) => agg_trade_id);
    const next = ids.indexOf((lost?.toAggId ?? 0) + 1);
    expect(ids[next - 1]).toBe((lost?.fromAggId ?? 0) - 1);
  });

  it('are the same after a restart of the exchange', async () => {
    const startAt = Date.UTC(2026, 0, 10, 0, 5);
    const rowsOf = async (later: number) => {
      const exchange = await startExchange({ rate: 0.05, startAt: startAt + later, paused: true });
      return (await archived(exchange, 'spot', '2026-01-09'))('trades');
    };
    expect(await rowsOf(86_400_000)).toEqual(await rowsOf(0));
  });
});

async function collect(exchange: FakeExchange, prefix: string, stream: string, count: number): Promise<Payload[]> {
  const client = await PlainClient.open(exchange, `${prefix}/stream?streams=${stream}`);
  // A busy machine may bring more at once than one page of REST holds.
  return (await client.frames(stream, count)).slice(0, count);
}

/** Fetches and imports the archives of a day; gives the rows of a topic. */
async function archived(exchange: FakeExchange, market: Market, period: string) {
  const dir = tempDir();
  const [visionDir, tapesDir] = [path.join(dir, 'vision'), path.join(dir, 'tape')];
  const symbol = SYMBOL[market];
  const archives: ArchiveRef[] = [
    { market, symbol, period, type: 'trades' },
    { market, symbol, period, type: 'aggTrades' },
    { market, symbol, period, type: 'klines', interval: '1m' },
  ];
  const fetched = await fetchArchives({ baseUrl: exchange.url, visionDir, archives });
  expect(fetched.map(({ state }) => state)).toEqual(['fetched', 'fetched', 'fetched']);
  const { failures } = await importArchives({
    tapesDir,
    archives: zipsBelow(visionDir).map((file) => identifyArchive(file)),
    threads: 1,
  });
  expect(failures).toEqual([]);
  return (type: string, detail?: string): string[] => {
    const topic = [type, symbol, ...(detail === undefined ? [] : [detail])].join('.');
    return readTopic(tapesDir, topic, market).rows.map(({ json }) => json);
  };
}

function plain(value: unknown): string | undefined {
  return canonicalDecimal(String(value));
}
