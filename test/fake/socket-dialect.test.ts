import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { PlainClient, startExchange } from './plain-client.ts';

describe('sockets of the fake exchange', () => {
  it('send raw payloads on /ws and named ones on /stream', async () => {
    const exchange = await startExchange({ rate: 200 });
    const raw = await PlainClient.open(exchange, '/ws/btcusdt@trade');
    const combined = await PlainClient.open(exchange, '/stream?streams=btcusdt@trade/ethusdt@aggTrade');
    const [frame] = await until('a raw frame', () => raw.messages.length > 0 && raw.messages);
    expect(Object.keys(frame ?? {})).toEqual(['e', 'E', 's', 't', 'p', 'q', 'T', 'm', 'M']);
    const [agg] = await combined.frames('ethusdt@aggTrade', 1);
    expect(Object.keys(agg ?? {})).toEqual(['e', 'E', 's', 'a', 'p', 'q', 'f', 'l', 'T', 'm', 'M']);
    expect((await combined.frames('btcusdt@trade', 1))[0]).toMatchObject({ e: 'trade', s: 'BTCUSDT' });
  });

  it('send the streams of spot with the keys of spot', async () => {
    const exchange = await startExchange({ rate: 200 });
    const names = ['kline_1m', 'bookTicker', 'depth@100ms', 'depth5@100ms'].map((kind) => `btcusdt@${kind}`);
    const client = await PlainClient.open(exchange, `/stream?streams=${names.join('/')}`);
    const keys = await Promise.all(names.map(async (name) => Object.keys((await client.frames(name, 1))[0] ?? {})));
    expect(keys).toEqual([
      ['e', 'E', 's', 'k'],
      ['u', 's', 'b', 'B', 'a', 'A'],
      ['e', 'E', 's', 'U', 'u', 'b', 'a'],
      ['lastUpdateId', 'bids', 'asks'],
    ]);
    const [kline] = await client.frames('btcusdt@kline_1m', 1);
    const bar = 't T s i f L o c h l v n x q V Q B'.split(' ');
    expect(Object.keys(kline?.k ?? {})).toEqual(bar);
  });

  it('send the streams of COIN-M with pairs and contracts, on paths without a prefix', async () => {
    const exchange = await startExchange({ market: 'cm', rate: 200 });
    const client = await PlainClient.open(exchange, '/stream?streams=btcusd_perp@trade/btcusd_perp@depth@100ms');
    const [trade] = await client.frames('btcusd_perp@trade', 1);
    expect(trade).toMatchObject({ s: 'BTCUSD_PERP', ps: 'BTCUSD', q: expect.stringMatching(/^\d+$/), X: 'MARKET' });
    const [depth] = await client.frames('btcusd_perp@depth@100ms', 1);
    expect(Object.keys(depth ?? {})).toEqual(['e', 'E', 'T', 's', 'ps', 'U', 'u', 'pu', 'b', 'a']);
    await expect(PlainClient.open(exchange, '/market/ws')).rejects.toThrow('404');
  });

  it('answer SUBSCRIBE, LIST_SUBSCRIPTIONS and UNSUBSCRIBE without the form of frames', async () => {
    const exchange = await startExchange({ rate: 200 });
    const client = await PlainClient.open(exchange, '/stream');
    const params = ['btcusdt@trade', 'btcusdt@aggTrade'];
    expect(await client.ask({ method: 'SUBSCRIBE', params, id: 1 })).toEqual({ result: null, id: 1 });
    await client.frames('btcusdt@trade', 1);
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 })).toEqual({ result: params, id: 2 });
    await client.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 3 });
    const trades = client.of('btcusdt@trade').length;
    await client.frames('btcusdt@aggTrade', client.of('btcusdt@aggTrade').length + 20);
    expect(client.of('btcusdt@trade')).toHaveLength(trades);
  });

  it('answer properties, and change the form of frames', async () => {
    const exchange = await startExchange({ rate: 200 });
    const client = await PlainClient.open(exchange, '/ws/btcusdt@trade');
    expect(await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 1 })).toEqual({ result: false, id: 1 });
    await client.ask({ method: 'SET_PROPERTY', params: ['combined', true], id: 2 });
    await client.frames('btcusdt@trade', 1);
  });

  it.each([
    ['no JSON', 3],
    ['{"method":"SHOUT","id":1}', 2],
    ['{"id":1}', 2],
    ['{"method":"SUBSCRIBE","params":[1],"id":1}', 2],
    ['{"method":"SET_PROPERTY","params":["colour",true],"id":1}', 0],
    ['{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1],
    [`{"method":"LIST_SUBSCRIPTIONS","id":"${'x'.repeat(37)}"}`, 2],
  ])('refuse %s with code %i', async (text, code) => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, '/ws');
    client.socket.send(text);
    const [reply] = await until('a reply', () => client.messages.length > 0 && client.messages);
    expect(reply).toMatchObject({ code, msg: expect.any(String) });
  });

  it('tell times in microseconds to whoever asks on spot', async () => {
    const exchange = await startExchange({ rate: 200 });
    const client = await PlainClient.open(exchange, '/stream?streams=btcusdt@trade&timeUnit=MICROSECOND');
    const [trade] = await client.frames('btcusdt@trade', 1);
    expect(String(trade?.T)).toHaveLength(16);
    expect(String(trade?.E)).toHaveLength(16);
  });

  it('ping, and cut off who does not answer', async () => {
    const exchange = await startExchange({ limits: { pingEveryMs: 30, pongWithinMs: 500, messagesPerSecond: 100 } });
    const answering = await PlainClient.open(exchange, '/ws');
    const mute = await PlainClient.open(exchange, '/ws', false);
    expect(await mute.end()).toBe(1006);
    await until('ten pings', () => answering.pings >= 10);
    expect(answering.closed).toBeUndefined();
  });

  it('end after their lifetime', async () => {
    const exchange = await startExchange({ limits: { lifetimeMs: 50 } });
    expect(await (await PlainClient.open(exchange, '/ws')).end()).toBe(1001);
  });

  it('end with too many messages in a second', async () => {
    const exchange = await startExchange();
    const client = await PlainClient.open(exchange, '/ws');
    for (let id = 1; id <= 5; id++) client.socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }));
    await until('five replies', () => client.messages.length === 5);
    expect(client.closed).toBeUndefined();
    for (let i = 0; i < 6; i++) client.socket.ping();
    expect(await client.end()).toBe(1008);
  });

  it('refuse too many streams and too many attempts', async () => {
    const exchange = await startExchange({ limits: { streamsPerConnection: 2, attemptsPerFiveMinutes: 2 } });
    await expect(PlainClient.open(exchange, '/stream?streams=a@trade/b@trade/c@trade')).rejects.toThrow('400');
    const client = await PlainClient.open(exchange, '/stream?streams=a@trade/b@trade');
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['c@trade'], id: 1 })).toMatchObject({ code: 2 });
    await expect(PlainClient.open(exchange, '/ws')).rejects.toThrow('429');
  });
});

describe('sockets of USD-M', () => {
  const all = ['trade', 'bookTicker', 'depth@100ms', 'aggTrade', 'kline_1m'].map((kind) => `btcusdt@${kind}`);

  it.each([
    ['/public', all.slice(0, 3)],
    ['/market', all.slice(3)],
    ['', all.slice(0, 3)],
    ['/private', []],
  ])('serve on %j only their own streams, and acknowledge the others in silence', async (prefix, served) => {
    const exchange = await startExchange({ market: 'um', rate: 500 });
    const client = await PlainClient.open(exchange, `${prefix}/stream`);
    expect(await client.ask({ method: 'SUBSCRIBE', params: [...all, 'no@such'], id: 1 })).toEqual({
      result: null,
      id: 1,
    });
    // Somebody else gets everything meanwhile: what is missing here is not late.
    const others = [await PlainClient.open(exchange, `/public/stream?streams=${all.join('/')}`)];
    others.push(await PlainClient.open(exchange, `/market/stream?streams=${all.join('/')}`));
    for (const stream of all) {
      await until(`${stream} elsewhere`, () => others.some((other) => other.of(stream).length >= 2));
    }
    for (const stream of served) await client.frames(stream, 1);
    const streams = new Set(client.messages.flatMap(({ stream }) => (typeof stream === 'string' ? [stream] : [])));
    expect([...streams].sort()).toEqual([...served].sort());
    const listed = await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
    expect(listed.result).toEqual([...all, 'no@such']);
  });

  it('send the keys of USD-M', async () => {
    const exchange = await startExchange({ market: 'um', rate: 500 });
    const open = await PlainClient.open(exchange, `/public/stream?streams=${all.join('/')}`);
    const market = await PlainClient.open(exchange, `/market/stream?streams=${all.join('/')}`);
    const keys = async (client: PlainClient, kind: string) =>
      Object.keys((await client.frames(`btcusdt@${kind}`, 1))[0] ?? {}).join(',');
    expect(await keys(open, 'trade')).toBe('e,E,T,s,t,p,q,X,m');
    expect(await keys(open, 'bookTicker')).toBe('e,u,s,b,B,a,A,T,E');
    expect(await keys(open, 'depth@100ms')).toBe('e,E,T,s,U,u,pu,b,a');
    expect(await keys(market, 'aggTrade')).toBe('e,E,s,a,p,q,nq,f,l,T,m');
    expect(await keys(market, 'kline_1m')).toBe('e,E,s,k');
  });
});
