import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { missingIds, streams, watchSockets } from './watched-sockets.ts';

describe('the connections of a market', () => {
  it('ask for the streams in the URL, on spot with microseconds', async () => {
    const exchange = await ScriptedExchange.start();
    const { sockets, sounding, of } = watchSockets(exchange);
    const wanted = streams(['btcusdt@trade', 'ethusdt@kline_1m']);
    sockets.set(wanted);
    await sounding(wanted);
    expect(exchange.clients.map(({ url }) => `${url.pathname}${url.search}`)).toEqual([
      '/stream?streams=btcusdt@trade/ethusdt@kline_1m&timeUnit=MICROSECOND',
    ]);
    expect(exchange.clients[0]?.requests).toEqual([]);
    expect(of('opened')).toEqual([{ type: 'opened', connection: 1, streams: ['btcusdt@trade', 'ethusdt@kline_1m'] }]);
    expect(sockets.status).toMatchObject({ streams: 2, silent: [], connections: [{ connection: 1, state: 'open' }] });
  });

  it('take the two paths of USD-M, without a time unit', async () => {
    const exchange = await ScriptedExchange.start();
    const { sockets, sounding } = watchSockets(exchange, { market: 'um' });
    const wanted = [...streams(['btcusdt@depth'], '/public'), ...streams(['btcusdt@aggTrade'], '/market')];
    sockets.set(wanted);
    await sounding(wanted);
    expect(exchange.clients.map(({ url }) => `${url.pathname}${url.search}`).sort()).toEqual([
      '/market/stream?streams=btcusdt@aggTrade',
      '/public/stream?streams=btcusdt@depth',
    ]);
  });

  it('take names of any script', async () => {
    const exchange = await ScriptedExchange.start();
    const { sockets, sounding } = watchSockets(exchange);
    const wanted = streams(['币安人生usdt@trade']);
    sockets.set(wanted);
    await sounding(wanted);
  });

  it('add and remove streams without a seam for the others', async () => {
    const exchange = await ScriptedExchange.start({ everyMs: 2 });
    const { sockets, sounding, ids, event, events } = watchSockets(exchange, { limits: { messagesPerSecond: 100 } });
    const [kept, other, late] = streams(['kept@trade', 'other@trade', 'late@trade']);
    if (kept === undefined || other === undefined || late === undefined) throw new Error('three streams');
    sockets.set([kept, other]);
    await sounding([kept, other]);
    sockets.set([kept, late]);
    await event('unsubscribed');
    await sounding([kept, late]);
    const seen = ids.get('other@trade')?.length;
    await sounding([kept]);
    expect(ids.get('other@trade')?.length).toBe(seen);
    expect(exchange.clients).toHaveLength(1);
    expect([...(exchange.clients[0]?.streams ?? [])]).toEqual(['kept@trade', 'late@trade']);
    expect(missingIds(ids.get('kept@trade') ?? [])).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['opened', 'unsubscribed', 'subscribed']);
  });

  it('carry thousands of streams over several connections, none of them over its limit', async () => {
    const exchange = await ScriptedExchange.start({ everyMs: 100 });
    const { sockets, sounding, of } = watchSockets(exchange, { limits: { messagesPerSecond: 1_000 } });
    const wanted = streams(Array.from({ length: 3_000 }, (_, index) => `symbol${index}usdt@trade`));
    sockets.set(wanted);
    await sounding(wanted);
    expect(exchange.open.map((client) => client.streams.size)).toEqual([1024, 1024, 952]);
    expect(Math.max(...exchange.clients.map(({ url }) => url.href.length))).toBeLessThan(4_000);
    expect(of('requestFailed')).toEqual([]);
  });

  it('close leaves neither a socket nor a timer', async () => {
    const exchange = await ScriptedExchange.start();
    const { sockets, sounding, events, frames } = watchSockets(exchange);
    const wanted = streams(['a@trade']);
    sockets.set(wanted);
    await sounding(wanted);
    await sockets.close();
    const told = { events: events.length, frames: frames.length };
    await until('the exchange sees it', () => exchange.open.length === 0);
    expect({ events: events.length, frames: frames.length }).toEqual(told);
    expect(sockets.status).toMatchObject({ streams: 0, connections: [] });
    sockets.set(wanted);
    await sounding(wanted);
  });
});
