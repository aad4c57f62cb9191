import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { type Client, ScriptedExchange } from './scripted-exchange.ts';
import { missingIds, streams, type Watched, watchSockets } from './watched-sockets.ts';

const BOTH = streams(['a@trade', 'b@trade']);

function missing({ ids }: Watched): number[] {
  return [...ids.values()].flatMap((each) => missingIds(each));
}

describe('a half-open connection', () => {
  it('is found by a PING that is not answered, long before the exchange would send one', async () => {
    const exchange = await ScriptedExchange.start();
    const watched = watchSockets(exchange, { timings: { probeMs: 50, probeAnswerMs: 100 } });
    watched.sockets.set(BOTH);
    await until('a PING is answered', () => (exchange.clients[0]?.pings ?? 0) > 0);
    await watched.sounding(BOTH);
    for (const client of exchange.open) client.halfOpen = true;
    const since = performance.now();
    const lost = await watched.event('lost');
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(lost.reason).toMatch(/^half-open: nothing came for \d+ ms$/);
    expect(lost.streams).toEqual(['a@trade', 'b@trade']);
    await watched.event('opened', 2);
    await watched.sounding(BOTH);
  });

  it('is found by the missing PINGs of the exchange, when it does not answer ours', async () => {
    const welcome = ({ socket }: Client) => socket.removeAllListeners('ping');
    const exchange = await ScriptedExchange.start({ welcome });
    const watched = watchSockets(exchange, { timings: { probeMs: 20, probeAnswerMs: 20, quietMs: 300 } });
    watched.sockets.set(BOTH);
    await watched.sounding(BOTH);
    for (const client of exchange.open) client.halfOpen = true;
    const since = performance.now();
    await watched.event('lost');
    expect(performance.now() - since).toBeGreaterThan(250);
    await watched.event('opened', 2);
  });

  it('is not suspected while PINGs come and are answered, however quiet its streams are', async () => {
    const exchange = await ScriptedExchange.start({ pingEveryMs: 50, serves: () => false });
    const watched = watchSockets(exchange, { timings: { quietMs: 200, probeMs: 1_000 } });
    watched.sockets.set(BOTH);
    await until('PONGs', () => (exchange.clients[0]?.pongs ?? 0) >= 10);
    expect(watched.events.map(({ type }) => type)).toEqual(['opened']);
  });
});

describe('a connection that gets old', () => {
  it('goes when another one delivers all of its streams: nothing is missing, not even a frame that comes late', async () => {
    const exchange = await ScriptedExchange.start({ everyMs: 2 });
    const watched = watchSockets(exchange, { timings: { lifeMs: 300 } });
    watched.sockets.set(BOTH);
    const rotated = await watched.event('rotated', 3);
    expect(rotated).toEqual({ type: 'rotated', connection: 4, before: 3, reason: 'its time is nearly up' });
    await watched.sounding(BOTH);
    expect(missing(watched)).toEqual([]);
    expect(watched.of('lost')).toEqual([]);
    expect(watched.of('opened')).toHaveLength(1);
    await until('the old ones are gone', () => exchange.open.length <= 2);
  });

  it('delivers in order although the new one is ahead of it', async () => {
    const welcome = (client: Client) => {
      client.lagMs = exchange.clients.length === 1 ? 30 : 0;
    };
    const exchange = await ScriptedExchange.start({ everyMs: 2, welcome });
    const watched = watchSockets(exchange, { timings: { lifeMs: 300, drainMs: 100 } });
    watched.sockets.set(BOTH);
    await watched.event('rotated');
    await watched.sounding(BOTH);
    // With a gap in between, a series would ask REST for what is only a little late.
    expect(missing(watched)).toEqual([]);
  });

  it('stays as long as the new one does not deliver what it delivers', async () => {
    const serves = (stream: string, client: Client) => stream !== 'b@trade' || exchange.clients.indexOf(client) !== 1;
    const exchange = await ScriptedExchange.start({ everyMs: 2, serves });
    const watched = watchSockets(exchange, { timings: { lifeMs: 200, overlapMs: 200 } });
    watched.sockets.set(BOTH);
    const failed = await watched.event('rotationFailed');
    expect(failed).toMatchObject({ connection: 2, missing: ['b@trade'], reason: 'it does not deliver b@trade' });
    expect(await watched.event('rotated')).toMatchObject({ connection: 3, before: 1 });
    expect(missing(watched)).toEqual([]);
  });

  it('does not wait for ever for a stream that seldom says something', async () => {
    const serves = (stream: string) => stream !== 'b@trade';
    const exchange = await ScriptedExchange.start({ everyMs: 2, serves });
    const watched = watchSockets(exchange, { timings: { lifeMs: 100, overlapMs: 100 } });
    watched.sockets.set(BOTH);
    await watched.event('rotated');
    expect(watched.of('rotationFailed')).toEqual([]);
  });

  it('is cut while it is being replaced: only streams that the new one has not delivered yet are lost', async () => {
    const serves = (stream: string, client: Client) => stream !== 'b@trade' || exchange.clients.indexOf(client) === 0;
    const exchange = await ScriptedExchange.start({ everyMs: 2, serves });
    const watched = watchSockets(exchange, { timings: { lifeMs: 100, overlapMs: 5_000 } });
    watched.sockets.set(BOTH);
    await watched.event('rotating');
    await until('the new one delivers', () => watched.frames.some(({ connection }) => connection === 2));
    exchange.clients[0]?.socket.terminate();
    expect(await watched.event('lost')).toMatchObject({ connection: 1, streams: ['b@trade'] });
    expect(await watched.event('opened', 2)).toMatchObject({ connection: 2, streams: ['b@trade'] });
    expect(missingIds(watched.ids.get('a@trade') ?? [])).toEqual([]);
  });

  it('is replaced at once when its server announces that it shuts down, in either form', async () => {
    const exchange = await ScriptedExchange.start({ everyMs: 2 });
    const watched = watchSockets(exchange);
    watched.sockets.set(BOTH);
    await watched.sounding(BOTH);
    exchange.open[0]?.socket.send('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}');
    expect(await watched.event('rotated')).toMatchObject({ connection: 2, reason: 'its server shuts down' });
    await until('the old one is gone', () => exchange.open.length === 1);
    exchange.open[0]?.socket.send('{"e":"serverShutdown","E":1}');
    expect(await watched.event('rotated', 2)).toMatchObject({ connection: 3, before: 2 });
    expect(watched.of('shutdownAnnounced').map(({ connection }) => connection)).toEqual([1, 2]);
    expect(missing(watched)).toEqual([]);
  });

  it('takes streams that are added and removed while it is being replaced along', async () => {
    const serves = (stream: string) => stream !== 'mute@trade';
    const exchange = await ScriptedExchange.start({ everyMs: 2, serves });
    const watched = watchSockets(exchange, { timings: { lifeMs: 200, overlapMs: 400 } });
    watched.sockets.set([...BOTH, ...streams(['mute@trade'])]);
    await watched.event('rotating');
    await until('there are two', () => exchange.open.length === 2);
    const changed = streams(['a@trade', 'late@trade', 'mute@trade']);
    watched.sockets.set(changed);
    await watched.event('rotated');
    await until('the old one is gone', () => exchange.clients[0]?.socket.readyState === 3);
    expect([...(exchange.clients[1]?.streams ?? [])].sort()).toEqual(['a@trade', 'late@trade', 'mute@trade']);
    expect(missingIds(watched.ids.get('a@trade') ?? [])).toEqual([]);
    expect(missingIds(watched.ids.get('late@trade') ?? [])).toEqual([]);
  });
});
