import { describe, expect, it } from 'vitest';
import { RateWindow } from '../../../src/market/binance/socket/rate-window.ts';
import { Redial } from '../../../src/market/binance/socket/redial.ts';
import type { SocketEvent } from '../../../src/market/binance/socket/socket-event.ts';
import { until } from '../../support/until.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { streams, watchSockets } from './watched-sockets.ts';

const BOTH = streams(['a@trade', 'b@trade']);

describe('after a disconnect', () => {
  it('the whole current list is asked for again, and the reason is told', async () => {
    const exchange = await ScriptedExchange.start();
    const { sockets, sounding, event } = watchSockets(exchange, { limits: { messagesPerSecond: 100 } });
    sockets.set(streams(['a@trade', 'gone@trade']));
    await sounding(streams(['a@trade']));
    sockets.set(BOTH);
    await sounding(BOTH);
    exchange.open[0]?.socket.close(1008, 'Too many requests');
    expect(await event('lost')).toEqual({
      type: 'lost',
      connection: 1,
      streams: ['a@trade', 'b@trade'],
      reason: 'closed by the exchange (1008 Too many requests)',
    });
    await event('opened', 2);
    await sounding(BOTH);
    expect(exchange.clients[1]?.url.searchParams.get('streams')).toBe('a@trade/b@trade');
  });

  it('attempts become fewer and fewer, and each is told with its delay', async () => {
    let away = true;
    const exchange = await ScriptedExchange.start({ handshake: () => (away ? { status: 503 } : undefined) });
    const timings = { backoffMs: 10, maxBackoffMs: 80 };
    const { sockets, sounding, of, event } = watchSockets(exchange, { timings, random: () => 0.999 });
    sockets.set(BOTH);
    await event('waiting', 6);
    away = false;
    await sounding(BOTH);
    const delays = of('waiting').map(({ delayMs }) => Math.round(delayMs));
    expect(delays.slice(0, 6)).toEqual([10, 20, 40, 80, 80, 80]);
    expect(of('waiting')[0]).toMatchObject({ attempt: 2, because: 'back-off' });
    expect(of('refused')[0]).toMatchObject({ status: 503, reason: 'the exchange answers 503 No' });
    expect(of('lost')).toEqual([]);
  });

  it('a server that accepts and closes at once does not get a storm of connections', async () => {
    const exchange = await ScriptedExchange.start({ welcome: ({ socket }) => socket.close(1011, 'no') });
    const timings = { backoffMs: 10, maxBackoffMs: 10_000, stableMs: 1_000 };
    const { sockets, event, of } = watchSockets(exchange, { timings, random: () => 0.999 });
    sockets.set(BOTH);
    await event('waiting', 5);
    expect(of('waiting').map(({ delayMs }) => Math.round(delayMs))).toEqual([10, 20, 40, 80, 160]);
  });

  it('no more attempts are made than the budget has', async () => {
    const exchange = await ScriptedExchange.start({ handshake: () => ({ status: 503 }) });
    const timings = { backoffMs: 5, maxBackoffMs: 5 };
    const { sockets, of, event } = watchSockets(exchange, { timings, limits: { attempts: 4 } });
    sockets.set([...streams(['a@depth'], '/public'), ...streams(['a@aggTrade'], '/market')]);
    await until('both lines wait', () => of('waiting').filter(({ because }) => because === 'budget').length >= 2);
    expect(exchange.attempts).toBe(4);
    expect(sockets.status.attempts).toBe(4);
    const { delayMs } = await event('waiting', of('waiting').length);
    expect(delayMs).toBeGreaterThan(290_000);
  });

  it.each([
    ['429 with Retry-After', { status: 429, retryAfter: 7 }, 7_000],
    ['418 without', { status: 418 }, 120_000],
  ])('nobody tries after a %s before its time', async (_name, refusal, leastMs) => {
    const exchange = await ScriptedExchange.start({ handshake: () => refusal });
    const { sockets, of } = watchSockets(exchange);
    sockets.set(BOTH);
    await until('it waits for long', () => of('waiting').some(({ delayMs }) => delayMs > leastMs - 1_000));
    expect(of('refused')[0]).toMatchObject({ status: refusal.status });
    expect(exchange.attempts).toBe(1);
  });

  it('an exchange that is not there is tried until it is', async () => {
    const exchange = await ScriptedExchange.start();
    await exchange.close();
    const { sockets, event } = watchSockets(exchange);
    sockets.set(BOTH);
    expect((await event('refused', 3)).reason).toContain('ECONNREFUSED');
  });
});

describe('the delay before an attempt', () => {
  function redial(limit: number) {
    const events: SocketEvent[] = [];
    const budget = new RateWindow({ limit, windowMs: 1_000 });
    const timings = { backoffMs: 100, maxBackoffMs: 1_000 };
    const dial = new Redial({ budget, timings, random: () => 0.5, onEvent: (event) => events.push(event) });
    return { dial, events };
  }

  it('is random below a bound that doubles, and begins anew after a connection that held', () => {
    const { dial, events } = redial(100);
    for (const now of [0, 1_000, 2_000, 3_000, 4_000]) {
      expect(dial.ready(now)).toBe(true);
      dial.failed(now);
    }
    dial.settled();
    dial.failed(5_000);
    expect(events.map((event) => (event.type === 'waiting' ? event.delayMs : event))).toEqual([
      50, 100, 200, 400, 500, 50,
    ]);
  });

  it('is not shorter than the exchange asks for', () => {
    const { dial } = redial(100);
    dial.failed(0, 5_000);
    expect([dial.ready(4_999), dial.ready(5_000)]).toEqual([false, true]);
  });

  it('lasts until the budget has one again', () => {
    const { dial } = redial(2);
    expect([dial.ready(0), dial.ready(10), dial.ready(20)]).toEqual([true, true, false]);
    expect([dial.ready(1_040), dial.ready(1_060)]).toEqual([false, true]);
  });
});
