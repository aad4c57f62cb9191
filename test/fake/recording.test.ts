import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DATA, hasData } from '../market/reference-data.ts';
import { until } from '../support/until.ts';
import { bars, get, PlainClient, rows, startExchange } from './plain-client.ts';
import { RebuiltBook } from './rebuilt-book.ts';

const FRAMES = path.join(DATA, 'frames');
const BTC = path.join(FRAMES, 'spot/btcusdt_20240808.gz');
const KINDS = ['trade', 'bookTicker', 'depth@100ms'] as const;

describe.skipIf(!hasData)('recorded frames (needs ../shared/data)', () => {
  it('are played whole, as they are and in their order, from the first subscription on', async () => {
    const exchange = await startExchange({ frames: [BTC], speed: 400 });
    const streams = KINDS.map((kind) => `btcusdt@${kind}`);
    const client = await PlainClient.open(exchange, `/stream?streams=${streams.join('/')}`);
    const lines = gunzipSync(readFileSync(BTC)).toString().trimEnd().split('\n');
    const recorded = lines.map((line) => line.slice(20)).filter((line) => line.startsWith('{"stream"'));
    expect(recorded).toHaveLength(41_248);
    await until('all frames', () => client.texts.length >= recorded.length);
    expect(client.texts).toEqual(recorded);
  });

  it('give REST its trades, aggregates and bars', async () => {
    const exchange = await startExchange({ frames: [BTC], speed: 400 });
    const client = await PlainClient.open(exchange, '/stream?streams=btcusdt@trade/btcusdt@aggTrade/btcusdt@kline_1m');
    const trades = await client.frames('btcusdt@trade', 2_000);
    const [first, last] = [Number(trades[0]?.t), Number(trades[999]?.t)];
    const page = await rows(exchange, `/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${first}&limit=1000`);
    expect(page.map((r) => [r.id, r.price, r.qty, r.time, r.isBuyerMaker])).toEqual(
      trades.slice(0, 1_000).map((f) => [f.t, f.p, f.q, f.T, f.m]),
    );
    const aggs = await rows(exchange, '/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&limit=1000');
    expect(aggs[0]).toMatchObject({ a: 1, f: first });
    for (const [i, agg] of aggs.entries()) expect(agg.f).toBe(i === 0 ? first : Number(aggs[i - 1]?.l) + 1);
    const live = client.of('btcusdt@aggTrade').slice(0, 50);
    expect(live.map(({ a, p, q, f, l }) => [a, p, q, f, l])).toEqual(
      aggs.slice(0, 50).map(({ a, p, q, f, l }) => [a, p, q, f, l]),
    );
    const [bar] = await bars(exchange, '/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1723161300000&limit=1');
    const minute = exchange.truth
      .trades('BTCUSDT', first, last + 5_000)
      .filter(({ time }) => minuteOf(time) === 1723161300000);
    expect(bar?.[8]).toBe(minute.length);
  });

  it('give REST the book at any time of their playing', async () => {
    const exchange = await startExchange({
      frames: [path.join(FRAMES, 'usdm/btcusdt_20240808.gz')],
      speed: 20,
      market: 'um',
    });
    const stream = 'btcusdt@depth@0ms';
    const client = await PlainClient.open(exchange, `/public/stream?streams=${stream}/btcusdt@depth@100ms`);
    await client.frames(stream, 200);
    const { body } = await get(exchange, '/fapi/v1/depth?symbol=BTCUSDT&limit=1000');
    const frames = await client.frames(stream, client.of(stream).length + 100);
    const book = new RebuiltBook(false, body);
    for (const frame of frames) book.apply(frame);
    expect(book.applied).toBeGreaterThan(90);
    expect(book.crossed).toBe(false);
    expect(client.of('btcusdt@depth@100ms').slice(0, 100)).toEqual(client.of(stream).slice(0, 100));
  });

  it('have one symbol per file', async () => {
    const files = ['spot/btcusdt_20240808.gz', 'spot/ethusdt_20240808.gz'].map((name) => path.join(FRAMES, name));
    const exchange = await startExchange({ frames: files, paused: true });
    expect(exchange.symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect((await get(exchange, '/api/v3/time')).body).toEqual({ serverTime: 1723161255208 });
  });

  it('are refused with file and line when they are something else', async () => {
    const file = path.join(DATA, 'rest/fapi-v1-exchangeInfo.json');
    await expect(startExchange({ frames: [file] })).rejects.toThrow(`${file}:1 is no line of a recording`);
  });
});

function minuteOf(time: number): number {
  return Math.floor(time / 60_000) * 60_000;
}
