import { describe, expect, it } from 'vitest';
import { get, PlainClient, startExchange } from './plain-client.ts';

const TIME = '/api/v3/time';

describe('REST of the fake exchange, when told so,', () => {
  it.each([429, 418])('answers %i with Retry-After as often as told', async (status) => {
    const exchange = await startExchange();
    exchange.misbehave({ kind: 'restError', status, retryAfterS: 7, times: 2 });
    for (let i = 0; i < 2; i++) {
      const answer = await get(exchange, TIME);
      expect(answer).toMatchObject({ status, body: { code: -1003 } });
      expect(answer.headers.get('retry-after')).toBe('7');
    }
    expect((await get(exchange, TIME)).status).toBe(200);
  });

  it('fails for one path alone until it is healed', async () => {
    const exchange = await startExchange();
    const { id } = exchange.misbehave({ kind: 'restError', status: 503, path: TIME, forMs: 60_000 });
    expect((await get(exchange, TIME)).status).toBe(503);
    expect((await get(exchange, '/api/v3/ping')).status).toBe(200);
    expect((await get(exchange, TIME)).status).toBe(503);
    exchange.heal(id);
    expect((await get(exchange, TIME)).status).toBe(200);
  });

  it('is slow', async () => {
    const exchange = await startExchange();
    exchange.misbehave({ kind: 'slowRest', delayMs: 150 });
    const begin = performance.now();
    await get(exchange, TIME);
    expect(performance.now() - begin).toBeGreaterThan(140);
  });
});

describe('the control path', () => {
  const send = (url: string, body: unknown): Promise<Response> =>
    fetch(url, { method: 'POST', body: JSON.stringify(body) });

  it('tells a running exchange to misbehave, and heals it', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, '/ws/btcusdt@trade');
    const answer = await send(`${exchange.url}/__fake/misbehave`, { kind: 'disconnect' });
    expect(await answer.json()).toEqual({ id: 1, connections: [1] });
    expect(await client.end()).toBe(1006);
    await send(`${exchange.url}/__fake/misbehave`, { kind: 'restError', status: 500, forMs: 60_000 });
    expect((await get(exchange, TIME)).status).toBe(500);
    await send(`${exchange.url}/__fake/heal`, {});
    expect((await get(exchange, TIME)).status).toBe(200);
  });

  it.each([
    { kind: 'nonsense' },
    { kind: 'silence', streem: 'btcusdt@trade' },
    { kind: 'away' },
    { kind: 'lostIds', symbol: 'NOPE', count: 1 },
    'text',
  ])('refuses %j and says why', async (body) => {
    const exchange = await startExchange();
    const answer = await send(`${exchange.url}/__fake/misbehave`, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/\S/) });
  });

  it('tells what happened and what was true', async () => {
    const exchange = await startExchange({ rate: 300 });
    const client = await PlainClient.open(exchange, '/stream?streams=btcusdt@trade');
    const [first] = await client.frames('btcusdt@trade', 5);
    const { body } = await get(exchange, '/__fake/stats');
    expect(body).toMatchObject({
      connected: 1,
      connections: [{ id: 1, streams: ['btcusdt@trade'], sent: { 'btcusdt@trade': { firstId: first?.t } } }],
    });
    const path = `/__fake/truth/trades?symbol=BTCUSDT&fromId=${first?.t}&toId=${first?.t}`;
    const response = await fetch(exchange.url + path);
    expect(await response.json()).toEqual(exchange.truth.trades('BTCUSDT', Number(first?.t), Number(first?.t)));
  });
});
