import { describe, expect, it } from 'vitest';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { until } from '../support/until.ts';
import { get, type Payload, PlainClient, rows, startExchange } from './plain-client.ts';
import { RebuiltBook } from './rebuilt-book.ts';

const AGG = 'btcusdt@aggTrade';
const DEPTH = 'btcusdt@depth@100ms';

function ids(frames: readonly Payload[]): number[] {
  return frames.map(({ a }) => Number(a));
}

async function sounding(exchange: FakeExchange): Promise<PlainClient> {
  const client = await PlainClient.open(exchange, `/stream?streams=${AGG}/btcusdt@trade`);
  await client.frames(AGG, 3);
  return client;
}

/** Until frames come that a fault did not concern. */
async function seenAfter(client: PlainClient, exchange: FakeExchange): Promise<number[]> {
  await until('the fault', () => exchange.stats.faults.length > 0);
  return ids(await client.frames(AGG, client.of(AGG).length + 10));
}

describe('frames of the fake exchange, when told so,', () => {
  it('are left out, and REST has them', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    const { id } = exchange.misbehave({ kind: 'omit', stream: AGG, times: 4 });
    const seen = await seenAfter(client, exchange);
    const from = seen.find((each, i) => seen[i + 1] !== each + 1) ?? 0;
    const to = seen[seen.indexOf(from) + 1] ?? 0;
    expect(to - from).toBe(5);
    expect(exchange.stats.faults.map((each) => [each.fault, each.kind, each.id])).toEqual(
      [1, 2, 3, 4].map((i) => [id, 'omit', from + i]),
    );
    const filled = await rows(exchange, `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${from + 1}&limit=4`);
    expect(ids(filled)).toEqual([1, 2, 3, 4].map((i) => from + i));
  });

  it('fall silent for one stream until it is healed, and the others go on', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    const { id } = exchange.misbehave({ kind: 'silence', stream: AGG });
    await until('the silence', () => exchange.stats.faults.length > 0);
    // What was on its way comes before the reply.
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    const before = client.of(AGG).length;
    await client.frames('btcusdt@trade', client.of('btcusdt@trade').length + 60);
    expect(client.of(AGG)).toHaveLength(before);
    exchange.heal(id);
    await client.frames(AGG, before + 5);
  });

  it('fall silent for a time', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    exchange.misbehave({ kind: 'silence', stream: '*@aggTrade', forMs: 400 });
    const seen = await seenAfter(client, exchange);
    expect((seen.at(-1) ?? 0) - (seen[0] ?? 0)).toBeGreaterThan(seen.length);
  });

  it('come in the wrong order', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    exchange.misbehave({ kind: 'swap', stream: AGG });
    const seen = await seenAfter(client, exchange);
    expect(seen).not.toEqual([...seen].sort((a, b) => a - b));
    const sorted = [...seen].sort((a, b) => a - b);
    expect(sorted).toEqual(sorted.map((_, i) => (sorted[0] ?? 0) + i));
  });

  it('come twice, for one connection alone', async () => {
    const exchange = await startExchange({ rate: 300 });
    const [first, second] = [await sounding(exchange), await sounding(exchange)];
    exchange.misbehave({ kind: 'duplicate', stream: AGG, times: 3, connection: 1 });
    const seen = await seenAfter(first, exchange);
    expect(seen.length - new Set(seen).size).toBe(3);
    await second.frames(AGG, second.of(AGG).length + 10);
    expect(new Set(ids(second.of(AGG))).size).toBe(second.of(AGG).length);
  });

  it.each(['malformed', 'truncated'] as const)('come %s', async (kind) => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    exchange.misbehave({ kind, stream: AGG, times: 2 });
    await seenAfter(client, exchange);
    expect(client.texts.length - client.messages.length).toBe(2);
  });

  it('come with unknown fields', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    exchange.misbehave({ kind: 'unknownFields', stream: AGG, times: 2 });
    await seenAfter(client, exchange);
    const strange = client.of(AGG).filter((frame) => 'zz' in frame);
    expect(strange).toHaveLength(2);
    expect(strange[0]).toMatchObject({ e: 'aggTrade', a: expect.any(Number) });
  });

  it('come between events that nobody knows', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    exchange.misbehave({ kind: 'unknownEvent', stream: AGG });
    await seenAfter(client, exchange);
    expect(client.of(AGG).filter(({ e }) => e === 'marketWeather')).toHaveLength(1);
  });

  it('break the book when one of its frames is left out', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, `/stream?streams=${DEPTH}`);
    await client.frames(DEPTH, 2);
    exchange.misbehave({ kind: 'omit', stream: '*@depth*' });
    await until('the fault', () => exchange.stats.faults.length === 1);
    const frames = await client.frames(DEPTH, client.of(DEPTH).length + 3);
    const book = new RebuiltBook(true, { lastUpdateId: Number(frames[0]?.U) - 1, bids: [], asks: [] });
    expect(() => frames.map((frame) => book.apply(frame))).toThrow('a gap');
  });

  it('cross the book', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, `/stream?streams=${DEPTH}/btcusdt@trade`);
    await client.frames(DEPTH, 2);
    exchange.misbehave({ kind: 'crossedBook' });
    await until('the fault', () => exchange.stats.faults.length === 1);
    const frames = await client.frames(DEPTH, client.of(DEPTH).length + 1);
    const { body } = await get(exchange, '/api/v3/depth?symbol=BTCUSDT');
    const first = { ...body, lastUpdateId: Number(frames[0]?.U) - 1 };
    const book = new RebuiltBook(true, first);
    for (const frame of frames) book.apply(frame);
    expect(book.crossed).toBe(true);
  });
});

describe('ids of the fake exchange, when told so,', () => {
  it('exist nowhere: neither on sockets nor over REST nor in its truth', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await sounding(exchange);
    const { lost } = exchange.misbehave({ kind: 'lostIds', symbol: 'BTCUSDT', count: 5 });
    const [from, to] = [lost?.fromAggId ?? 0, lost?.toAggId ?? 0];
    expect(to - from).toBe(4);
    const frames = await until('what follows', () => ids(client.of(AGG)).includes(to + 1) && client.of(AGG));
    expect(ids(frames).filter((id) => id >= from && id <= to)).toEqual([]);
    expect(ids(frames)).toContain(from - 1);
    const page = await rows(exchange, `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${from - 1}&limit=2`);
    expect(ids(page)).toEqual([from - 1, to + 1]);
    const [first, last] = [lost?.fromTradeId ?? 0, lost?.toTradeId ?? 0];
    const trades = await rows(exchange, `/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${first - 1}&limit=2`);
    expect(trades.map(({ id }) => id)).toEqual([first - 1, last + 1]);
    expect(exchange.truth.trades('BTCUSDT', first, last)).toEqual([]);
    expect(exchange.truth.aggTrades('BTCUSDT', from, to)).toEqual([]);
  });

  it('are spent on no trade on USD-M: a frame of price 0, and no row anywhere', async () => {
    const exchange = await startExchange({ market: 'um', rate: 300 });
    const stream = 'btcusdt@trade';
    const client = await PlainClient.open(exchange, `/public/stream?streams=${stream}`);
    await client.frames(stream, 3);
    const { spent = [] } = exchange.misbehave({ kind: 'spentIds', symbol: 'BTCUSDT', count: 3 });
    expect(spent).toHaveLength(3);
    const frames = await until('the last one', () => {
      const all = client.of(stream);
      return Number(all.at(-1)?.t) > (spent.at(-1) ?? 0) && all;
    });
    const empty = frames.filter(({ p }) => p === '0');
    expect(empty.map(({ t, q, X }) => [t, q, X])).toEqual(spent.map((id) => [id, '0', 'NA']));
    const ids = frames.map(({ t }) => Number(t));
    expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
    const truth = exchange.truth.trades('BTCUSDT', spent[0] ?? 0, spent.at(-1) ?? 0).map(({ id }) => id);
    expect(truth.filter((id) => spent.includes(id))).toEqual([]);
    const query = `symbol=BTCUSDT&fromId=${spent[0]}&limit=1`;
    const [next] = await rows(exchange, `/fapi/v1/historicalTrades?${query}`, { 'X-MBX-APIKEY': 'any' });
    expect(spent).not.toContain(next?.id);
    const spot = await startExchange();
    expect(() => spot.misbehave({ kind: 'spentIds', symbol: 'BTCUSDT', count: 1 })).toThrow('futures');
  });
});
