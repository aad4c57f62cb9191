import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { get, PlainClient, startExchange } from './plain-client.ts';

const TRADES = '/stream?streams=btcusdt@trade';

describe('connections of the fake exchange, when told so,', () => {
  it('are half open: nothing comes, no ping is answered, no close either', async () => {
    const exchange = await startExchange({ rate: 300 });
    const dead = await PlainClient.open(exchange, TRADES);
    const living = await PlainClient.open(exchange, TRADES);
    await dead.frames('btcusdt@trade', 5);
    expect(exchange.misbehave({ kind: 'halfOpen', connection: 1 })).toMatchObject({ connections: [1] });
    let pongs = 0;
    dead.socket.on('pong', () => pongs++);
    dead.socket.ping();
    const before = await stillness(dead, living);
    await living.frames('btcusdt@trade', living.of('btcusdt@trade').length + 60);
    expect(dead.of('btcusdt@trade')).toHaveLength(before);
    expect({ pongs, closed: dead.closed }).toEqual({ pongs: 0, closed: undefined });
    dead.socket.close();
    await living.frames('btcusdt@trade', living.of('btcusdt@trade').length + 60);
    expect(dead.closed).toBeUndefined();
  });

  it.each([
    ['cut', 1006],
    ['close', 1001],
  ] as const)('end now: %s', async (how, code) => {
    const exchange = await startExchange();
    const [first, second] = [await PlainClient.open(exchange, TRADES), await PlainClient.open(exchange, '/ws')];
    exchange.misbehave({ kind: 'disconnect', how, stream: 'btcusdt@trade' });
    expect(await first.end()).toBe(code);
    expect(second.closed).toBeUndefined();
    exchange.misbehave({ kind: 'disconnect', how });
    expect(await second.end()).toBe(code);
    await PlainClient.open(exchange, '/ws');
  });

  it('end as after 24 hours', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, TRADES);
    exchange.misbehave({ kind: 'lifetimeEnd' });
    expect(await client.end()).toBe(1001);
  });

  it('are told that the server goes down, and go on until it does', async () => {
    const exchange = await startExchange({ rate: 300 });
    const combined = await PlainClient.open(exchange, TRADES);
    const raw = await PlainClient.open(exchange, '/ws');
    exchange.misbehave({ kind: 'shutdown', afterMs: 1_000 });
    const notice = { e: 'serverShutdown', E: expect.any(Number) };
    await until('the raw notice', () => raw.messages.length > 0);
    expect(raw.messages[0]).toEqual(notice);
    await until('the combined notice', () => combined.of('!serverShutdown').length > 0);
    expect(combined.of('!serverShutdown')[0]).toEqual(notice);
    await combined.frames('btcusdt@trade', combined.of('btcusdt@trade').length + 5);
    expect(await combined.end()).toBe(1001);
  });

  it('are refused for a time, and those that are open stay', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await PlainClient.open(exchange, TRADES);
    exchange.misbehave({ kind: 'refuse', forMs: 60_000 });
    await expect(PlainClient.open(exchange, '/ws')).rejects.toThrow();
    expect((await get(exchange, '/api/v3/time')).status).toBe(200);
    await client.frames('btcusdt@trade', client.of('btcusdt@trade').length + 5);
    exchange.heal();
    await PlainClient.open(exchange, '/ws');
  });

  it('are lost with the whole server, which comes back on the same port', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, TRADES);
    const { url } = exchange;
    exchange.misbehave({ kind: 'away', forMs: 1_500 });
    expect(await client.end()).toBe(1006);
    await expect(get(exchange, '/api/v3/time')).rejects.toThrow();
    await expect(PlainClient.open(exchange, '/ws')).rejects.toThrow();
    await until('the server', () => get(exchange, '/api/v3/time').catch(() => undefined));
    await PlainClient.open(exchange, '/ws');
    expect(exchange.url).toBe(url);
  });
});

describe('the clock of the fake exchange, when told so,', () => {
  it('is wrong in /time and in event times, never in the times of trades', async () => {
    const exchange = await startExchange({ rate: 300 });
    exchange.misbehave({ kind: 'skew', ms: 3_600_000 });
    const { body } = await get(exchange, '/api/v3/time');
    expect(Math.abs(Number(body.serverTime) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const client = await PlainClient.open(exchange, TRADES);
    const [trade] = await client.frames('btcusdt@trade', 1);
    expect(Number(trade?.E) - Number(trade?.T)).toBeGreaterThan(3_500_000);
    expect(Math.abs(Number(trade?.T) - Date.now())).toBeLessThan(60_000);
  });
});

/** How many frames a client has, when they have stopped coming while another goes on. */
async function stillness(client: PlainClient, other: PlainClient): Promise<number> {
  return await until('stillness', async () => {
    const before = client.texts.length;
    await other.frames('btcusdt@trade', other.of('btcusdt@trade').length + 20);
    return client.texts.length === before && before;
  });
}
