import { describe, expect, it } from 'vitest';
import { MarketRest, type MarketRestOptions } from '../../../src/market/binance/rest/market-rest.ts';
import type { RestWait } from '../../../src/market/binance/rest/rest-http.ts';
import { FakeClock, type RestServer, serveRest } from './rest-server.ts';

const MINUTE = 60_000;
/** The beginning of a minute. */
const START = Date.UTC(2026, 6, 1, 12);
const ROW = { a: 7, p: '1.50', q: '2.0', f: 3, l: 5, T: 1767225600039, m: false, M: true };
const TRADE = { id: 9, price: '2.50', qty: '0.10', quoteQty: '0.25', time: 1767225600039, isBuyerMaker: true };
const CALL = { symbol: 'BTCUSDT', fromId: 7 };

function restOf(server: RestServer, options: Partial<MarketRestOptions> = {}): MarketRest {
  const { now, sleep } = new FakeClock(START);
  return new MarketRest({ market: 'spot', endpoints: { rest: server.url }, now, sleep, attempts: 3, ...options });
}

describe('market data over REST: what is asked', () => {
  it('aggTrades from an id on; spot in microseconds', async () => {
    const server = await serveRest(() => ({ body: [{ ...ROW, T: 1767225600039409 }] }));
    expect(await restOf(server).aggTrades(CALL)).toMatchObject([
      { type: 'aggTrade', symbol: 'BTCUSDT', timeUs: 1767225600039409, record: { aggTradeId: 7, price: '1.5' } },
    ]);
    expect(server.questions).toMatchObject([
      {
        path: '/api/v3/aggTrades',
        query: { symbol: 'BTCUSDT', fromId: '7', limit: '1000' },
        headers: { 'x-mbx-time-unit': 'MICROSECOND' },
      },
    ]);
  });

  it('spot trades by id; the row is the same whatever quote quantity is stated', async () => {
    const server = await serveRest(() => ({ body: [TRADE, { ...TRADE, id: 10, quoteQty: undefined }] }));
    const [first, second] = await restOf(server).trades({ symbol: 'BTCUSDT', fromId: 9 });
    expect(first).toMatchObject({ type: 'trade', record: { id: 9, quoteQty: '0.25' } });
    expect(second).toMatchObject({ type: 'trade', record: { id: 10, quoteQty: '0.25' } });
    expect(server.questions[0]).toMatchObject({
      path: '/api/v3/historicalTrades',
      query: { fromId: '9', limit: '1000' },
    });
  });

  it('futures trades by id with a key; without one those of the last 1,000 that are wanted', async () => {
    const server = await serveRest(() => ({ body: [8, 9, 10].map((id) => ({ ...TRADE, id })) }));
    const wanted = { symbol: 'BTCUSDT', fromId: 9 };
    const keyless = await restOf(server, { market: 'um' }).trades(wanted);
    expect(keyless).toMatchObject([{ record: { id: 9 } }, { record: { id: 10 } }]);
    await restOf(server, { market: 'um', apiKey: 'k1' }).trades(wanted);
    expect(server.questions).toMatchObject([
      { path: '/fapi/v1/trades', query: { symbol: 'BTCUSDT', limit: '1000' } },
      { path: '/fapi/v1/historicalTrades', query: { fromId: '9', limit: '500' }, headers: { 'x-mbx-apikey': 'k1' } },
    ]);
    expect(server.questions[0]?.headers).not.toHaveProperty('x-mbx-apikey');
    expect(server.questions[0]?.headers).not.toHaveProperty('x-mbx-time-unit');
  });

  it('candles: one is closed when the exchange has a later one, or its clock is 10 s beyond; ours does not count', async () => {
    const bar = (open: number) => [open, '1.0', '2', '0.5', '1', '9', open + MINUTE - 1, '9.0', 3, '4', '5', '0'];
    let serverTime = START + MINUTE + 9_999;
    const server = await serveRest(({ path, query }) => ({
      body: path.endsWith('time') ? { serverTime } : [bar(START - MINUTE), bar(START)].slice(0, Number(query.limit)),
    }));
    const rest = restOf(server, { market: 'cm', now: () => START + 3_600_000 });
    const call = { symbol: 'BTCUSD_PERP', interval: '1m', startTime: START - MINUTE } as const;
    const closed = { closed: true, interval: '1m', record: { openTime: START - MINUTE, open: '1', count: 3 } };
    const open = { closed: false, record: { openTime: START } };
    expect(await rest.klines(call)).toMatchObject([closed, open]);
    expect(await rest.klines({ ...call, limit: 1 })).toMatchObject([closed]);
    expect(await rest.klines({ ...call, endTime: START - 1 })).toMatchObject([closed]);
    expect(await rest.klines({ ...call, endTime: START })).toMatchObject([closed, open]);
    const asked = server.questions.filter(({ path }) => path === '/dapi/v1/klines');
    expect(asked.map(({ query: { limit, endTime } }) => [limit, endTime])).toEqual([
      ['1000', undefined],
      ['2', undefined],
      ['1000', String(START - 1 + MINUTE)],
      ['1000', String(START + MINUTE)],
    ]);
    serverTime += 1;
    expect(await rest.klines(call)).toMatchObject([closed, { ...open, closed: true }]);
  });

  it('a month has the name of the exchange', async () => {
    const server = await serveRest(() => ({ body: [] }));
    await restOf(server).klines({ symbol: 'BTCUSDT', interval: '1mo', startTime: START });
    expect(server.questions[0]).toMatchObject({ path: '/api/v3/klines', query: { interval: '1M' } });
  });

  it('order books as deep as the exchange gives them; spot has no time', async () => {
    const body = { lastUpdateId: 5, bids: [['1.50', '2.0']], asks: [] };
    const server = await serveRest(({ path }) => ({
      body: path.startsWith('/fapi') ? { ...body, E: 1767225600041, T: 1767225600039 } : body,
    }));
    expect(await restOf(server).depth({ symbol: 'X' })).toEqual({
      symbol: 'X',
      lastId: 5,
      bids: [['1.5', '2']],
      asks: [],
    });
    expect(await restOf(server, { market: 'um' }).depth({ symbol: 'X' })).toMatchObject({ time: 1767225600039 });
    expect(server.questions.map(({ query }) => query.limit)).toEqual(['5000', '1000']);
  });

  it('the clock, and the symbols with their status', async () => {
    const symbols = [{ symbol: 'BTCUSD_PERP', contractStatus: 'TRADING' }];
    const server = await serveRest(({ path }) => ({
      body: path.endsWith('time') ? { serverTime: 1767225600039409 } : { serverTime: 1, symbols },
    }));
    const rest = restOf(server, { market: 'cm' });
    expect(await rest.time()).toBe(1767225600039);
    expect(await rest.symbols()).toEqual([{ symbol: 'BTCUSD_PERP', status: 'TRADING' }]);
  });
});

describe('market data over REST: what goes wrong', () => {
  it.each([
    [-1121, 'Invalid symbol.'],
    [-4088, 'Maximum time interval is 200 days.'],
    [-4166, 'Search window is restricted to recent 2 days only.'],
  ])('a refusal is not tried again: %i %s', async (code, msg) => {
    const server = await serveRest(() => ({ status: 400, body: { code, msg } }));
    await expect(restOf(server).aggTrades(CALL)).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      message: expect.stringContaining(msg),
      where: expect.stringContaining('/api/v3/aggTrades?symbol=BTCUSDT'),
      details: { status: 400, code },
    });
    expect(server.questions).toHaveLength(1);
  });

  it('a firewall and a place that is not served are refusals, too', async () => {
    const server = await serveRest(({ before }) => ({ status: before === 0 ? 403 : 451, body: '<html>' }));
    const rest = restOf(server);
    await expect(rest.time()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED', details: { status: 403 } });
    await expect(rest.time()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED', details: { status: 451 } });
    expect(server.questions).toHaveLength(2);
  });

  it.each([
    ['5xx', { status: 503, body: 'busy' }],
    ['a lost connection', 'cut'],
    ['half an answer', { body: '[{"a":7,' }],
    ['silence', 'silence'],
  ] as const)('%s: tried again after a pause', async (_, fault) => {
    const server = await serveRest(({ before }) => (before < 2 ? fault : { body: [ROW] }));
    const waits: RestWait[] = [];
    const rest = restOf(server, { onWait: (wait) => waits.push(wait), timeoutMs: 200 });
    expect(await rest.aggTrades(CALL)).toHaveLength(1);
    expect(server.questions).toHaveLength(3);
    expect(waits.map(({ reason }) => reason)).toEqual(['retry', 'retry']);
    const [first, second] = waits.map(({ ms }) => ms);
    expect(first).toBeGreaterThanOrEqual(125);
    expect(first).toBeLessThanOrEqual(250);
    expect(second).toBeGreaterThanOrEqual(250);
    expect(second).toBeLessThanOrEqual(500);
  });

  it('an exchange that cannot be reached is given up after the last try', async () => {
    const server = await serveRest(() => 'cut');
    await expect(restOf(server).aggTrades(CALL)).rejects.toMatchObject({
      code: 'EXCHANGE_UNREACHABLE',
      message: expect.stringContaining('tried 3 times'),
    });
    expect(server.questions).toHaveLength(3);
  });

  it('an answer that is not what the exchange says is told with its field', async () => {
    const server = await serveRest(({ before }) => ({ body: before === 0 ? [{ ...ROW, p: 1.5 }] : { rows: [] } }));
    const rest = restOf(server);
    const code = 'EXCHANGE_ANSWER';
    await expect(rest.aggTrades(CALL)).rejects.toMatchObject({ code, message: expect.stringContaining('p is 1.5') });
    await expect(rest.aggTrades(CALL)).rejects.toMatchObject({ code, where: '/api/v3/aggTrades' });
  });

  it('429: nothing is asked before Retry-After is over, by no other request either', async () => {
    const clock = new FakeClock(START);
    const asked: number[] = [];
    const server = await serveRest(({ before }) => {
      asked.push(clock.now());
      return before === 0 ? { status: 429, headers: { 'Retry-After': '7' }, body: '{}' } : { body: [ROW] };
    });
    const waits: RestWait[] = [];
    const rest = restOf(server, { ...clock, onWait: (wait) => waits.push(wait) });
    expect(await rest.aggTrades(CALL)).toHaveLength(1);
    expect(asked).toEqual([START, START + 7000]);
    expect(waits).toMatchObject([{ reason: 'limited', ms: 7000 }]);
  });

  it('418: asks nothing while it lasts, says until when, and goes on afterwards', async () => {
    const clock = new FakeClock(START);
    const server = await serveRest(({ before }) =>
      before === 0 ? { status: 418, headers: { 'Retry-After': '120' }, body: '{}' } : { body: [ROW] },
    );
    const rest = restOf(server, { ...clock });
    const banned = { code: 'EXCHANGE_REFUSED', details: { status: 418, until: START + 120_000 } };
    await expect(rest.aggTrades(CALL)).rejects.toMatchObject(banned);
    await clock.sleep(119_999);
    await expect(rest.aggTrades(CALL)).rejects.toMatchObject(banned);
    expect(server.questions).toHaveLength(1);
    await clock.sleep(1);
    expect(await rest.aggTrades(CALL)).toHaveLength(1);
    expect(server.questions).toHaveLength(2);
  });

  it('weight: from 80 % of the limit on, as the exchange counts it, requests wait for the next minute', async () => {
    const clock = new FakeClock(START + 20_000);
    const used = [4795, 4799, 4];
    const server = await serveRest(({ before }) => ({
      headers: { 'X-MBX-USED-WEIGHT-1M': String(used[before]) },
      body: [ROW],
    }));
    const waits: RestWait[] = [];
    const rest = restOf(server, { ...clock, onWait: (wait) => waits.push(wait) });
    for (let i = 0; i < 3; i++) await rest.aggTrades(CALL);
    expect(waits).toMatchObject([{ reason: 'weight', ms: 40_000 }]);
    expect(clock.now()).toBe(START + MINUTE);
  });

  it('an abort ends a request, also one that waits', async () => {
    const abort = new AbortController();
    const server = await serveRest(() => ({ status: 429, headers: { 'Retry-After': '600' }, body: '{}' }));
    const rest = new MarketRest({
      market: 'spot',
      endpoints: { rest: server.url },
      signal: abort.signal,
      onWait: () => abort.abort(),
    });
    await expect(rest.aggTrades(CALL)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const silent = await serveRest(() => 'silence');
    const signal = AbortSignal.timeout(50);
    await expect(restOf(silent).aggTrades({ ...CALL, signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
