import { describe, expect, it } from 'vitest';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { bars, get, rows, startExchange } from './plain-client.ts';

const START = Date.UTC(2026, 0, 10, 12);

function spot(): Promise<FakeExchange> {
  return startExchange({ startAt: START, paused: true, rate: 5 });
}

function futures(market: 'um' | 'cm' = 'um'): Promise<FakeExchange> {
  return startExchange({ market, startAt: START, paused: true, rate: 5 });
}

describe('REST of the fake exchange', () => {
  it('tells the time and its symbols on the paths of each market', async () => {
    for (const [market, prefix, symbol] of [
      ['spot', '/api/v3', 'BTCUSDT'],
      ['um', '/fapi/v1', 'BTCUSDT'],
      ['cm', '/dapi/v1', 'BTCUSD_PERP'],
    ] as const) {
      const exchange = await startExchange({ market, startAt: START, paused: true });
      expect((await get(exchange, `${prefix}/time`)).body).toEqual({ serverTime: START });
      const { symbols } = (await get(exchange, `${prefix}/exchangeInfo`)).body;
      expect(symbols).toMatchObject([{ symbol, filters: [{ tickSize: '0.01' }, {}] }, {}]);
      expect((await get(exchange, `${prefix}/ping`)).status).toBe(200);
    }
  });

  it('pages aggregates by id, by start, by end, and gives the latest', async () => {
    const exchange = await spot();
    const path = '/api/v3/aggTrades?symbol=BTCUSDT';
    const latest = await rows(exchange, path);
    expect(latest).toHaveLength(500);
    const last = exchange.truth.last('BTCUSDT').aggTradeId;
    expect(latest.map(({ a }) => a)).toEqual(Array.from({ length: 500 }, (_, i) => last - 499 + i));
    const byId = await rows(exchange, `${path}&fromId=${last - 9}&limit=5`);
    expect(byId.map(({ a }) => a)).toEqual([9, 8, 7, 6, 5].map((before) => last - before));
    expect(await rows(exchange, `${path}&fromId=${last - 2}&limit=1000`)).toHaveLength(3);
    expect(await rows(exchange, `${path}&fromId=${last + 1}`)).toEqual([]);
    const from = await rows(exchange, `${path}&startTime=${START - 60_000}&limit=3`);
    expect(Number(from[0]?.T)).toBeGreaterThanOrEqual(START - 60_000);
    const until = await rows(exchange, `${path}&endTime=${START - 60_000}&limit=3`);
    expect(Number(until.at(-1)?.a)).toBe(Number(from[0]?.a) - 1);
    const window = await rows(exchange, `${path}&startTime=${START - 60_000}&endTime=${START - 30_000}&limit=1000`);
    expect(window.every(({ T }) => Number(T) >= START - 60_000 && Number(T) <= START - 30_000)).toBe(true);
  });

  it('gives trades by id and the latest ones', async () => {
    const exchange = await spot();
    const last = exchange.truth.last('BTCUSDT').tradeId;
    const latest = await rows(exchange, '/api/v3/trades?symbol=BTCUSDT&limit=2');
    expect(latest.map(({ id }) => id)).toEqual([last - 1, last]);
    expect(Object.keys(latest[0] ?? {})).toEqual('id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch'.split(','));
    const byId = await rows(exchange, `/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${last - 1_500}&limit=1000`);
    expect(byId.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, i) => last - 1_500 + i));
  });

  it('gives klines as arrays of twelve, from a start on or the latest', async () => {
    const exchange = await spot();
    const path = '/api/v3/klines?symbol=BTCUSDT';
    const since = await bars(exchange, `${path}&interval=1m&startTime=${START - 180_000}`);
    expect(since.map(([open]) => open)).toEqual([3, 2, 1, 0].map((minutes) => START - minutes * 60_000));
    expect(since[0]).toHaveLength(12);
    const latest = await bars(exchange, `${path}&interval=1m&limit=3`);
    expect(latest.map(([open]) => open)).toEqual([2, 1, 0].map((minutes) => START - minutes * 60_000));
    const page = await bars(exchange, `${path}&interval=1s&startTime=${START - 9_000}&limit=5`);
    expect(page.map(([open]) => open)).toEqual([9, 8, 7, 6, 5].map((seconds) => START - seconds * 1_000));
  });

  it('gives books up to a limit', async () => {
    const { body } = await get(await spot(), '/api/v3/depth?symbol=BTCUSDT&limit=7');
    expect(Object.keys(body)).toEqual(['lastUpdateId', 'bids', 'asks']);
    expect(body.bids).toHaveLength(7);
    const um = await get(await futures(), '/fapi/v1/depth?symbol=BTCUSDT&limit=5');
    expect(Object.keys(um.body)).toEqual(['lastUpdateId', 'E', 'T', 'bids', 'asks']);
  });

  it('tells times in microseconds to whoever asks on spot', async () => {
    const exchange = await spot();
    const headers = { 'X-MBX-TIME-UNIT': 'MICROSECOND' };
    const [trade] = await rows(exchange, '/api/v3/trades?symbol=BTCUSDT&limit=1', headers);
    expect(String(trade?.time)).toHaveLength(16);
  });

  it.each([
    ['/api/v3/trades?symbol=NOPE', 400, -1121],
    ['/api/v3/trades', 400, -1102],
    ['/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['/api/v3/aggTrades?symbol=BTCUSDT&fromId=x', 400, -1100],
    [`/api/v3/aggTrades?symbol=BTCUSDT&startTime=${START - 7_200_000}&endTime=${START}`, 400, -1127],
    ['/api/v3/nothing?symbol=BTCUSDT', 404, -1000],
  ])('refuses %s', async (path, status, code) => {
    const answer = await get(await spot(), path);
    expect(answer).toMatchObject({ status, body: { code, msg: expect.any(String) } });
  });

  it.each([
    ['/fapi/v1/historicalTrades?symbol=BTCUSDT', 401, -2014],
    [`/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=${START - 3 * 86_400_000}`, 400, -4166],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1', 400, -4166],
    [`/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1&startTime=${START}`, 400, -1128],
    ['/fapi/v1/depth?symbol=BTCUSDT&limit=7', 400, -4021],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1s', 400, -1120],
  ])('refuses %s on USD-M', async (path, status, code) => {
    expect(await get(await futures(), path)).toMatchObject({ status, body: { code } });
  });

  it('gives historical trades of futures to whoever has a key, and long ranges of COIN-M to nobody', async () => {
    const exchange = await futures();
    const trades = await rows(exchange, '/fapi/v1/historicalTrades?symbol=BTCUSDT', { 'X-MBX-APIKEY': 'any' });
    expect(trades).toHaveLength(500);
    const path = `/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1d&startTime=0&endTime=${START}`;
    expect((await get(await futures('cm'), path)).body.code).toBe(-4088);
  });

  it('counts weight and answers 429 with Retry-After beyond the limit', async () => {
    const exchange = await startExchange({ startAt: START, paused: true, limits: { weightPerMinute: 8 } });
    const first = await get(exchange, '/api/v3/aggTrades?symbol=BTCUSDT&limit=1');
    expect(first.headers.get('x-mbx-used-weight-1m')).toBe('4');
    await get(exchange, '/api/v3/aggTrades?symbol=BTCUSDT&limit=1');
    const third = await get(exchange, '/api/v3/aggTrades?symbol=BTCUSDT&limit=1');
    expect(third).toMatchObject({ status: 429, body: { code: -1003 } });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
