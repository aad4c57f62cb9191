import { describe, expect, it } from 'vitest';
import { RateWindow } from '../../../src/market/binance/socket/rate-window.ts';
import { Requests } from '../../../src/market/binance/socket/requests.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { streams, watchSockets } from './watched-sockets.ts';

interface Sent {
  readonly method: string;
  readonly params: readonly string[];
  readonly id: number;
}

function requests(messagesPerSecond = 5) {
  const sent: Sent[] = [];
  const results: (string | readonly string[])[][] = [];
  const pace = new RateWindow({ limit: messagesPerSecond, windowMs: 1_000 });
  const channel = new Requests({
    pace,
    namesPerMessage: 3,
    replyMs: 5_000,
    send: (text) => sent.push(JSON.parse(text)),
    done: (method, names) => results.push([method, names]),
    failed: (method, names, problem) => results.push([method, names, problem]),
  });
  return { channel, pace, sent, results };
}

describe('requests of a connection', () => {
  it('carry many streams each, in the order in which they were asked for', () => {
    const { channel, sent } = requests(100);
    channel.ask('SUBSCRIBE', ['a', 'b', 'c', 'd']);
    channel.ask('UNSUBSCRIBE', ['a']);
    channel.ask('SUBSCRIBE', ['a']);
    channel.pump(0);
    expect(sent).toEqual([
      { method: 'SUBSCRIBE', params: ['a', 'b', 'c'], id: 1 },
      { method: 'SUBSCRIBE', params: ['d'], id: 2 },
      { method: 'UNSUBSCRIBE', params: ['a'], id: 3 },
      { method: 'SUBSCRIBE', params: ['a'], id: 4 },
    ]);
  });

  it('are paced, PONGs included, and leave room for one PONG', () => {
    const { channel, pace, sent } = requests(5);
    channel.ask(
      'SUBSCRIBE',
      Array.from({ length: 30 }, (_, index) => `s${index}`),
    );
    pace.force(0);
    channel.pump(0);
    expect(sent).toHaveLength(3);
    channel.pump(999);
    expect(sent).toHaveLength(3);
    channel.pump(1_000);
    expect(sent).toHaveLength(7);
    channel.pump(2_000);
    expect(sent.flatMap(({ params }) => params)).toHaveLength(30);
  });

  it('find the one name for which the exchange refuses them all', () => {
    const { channel, sent, results } = requests(1_000);
    channel.ask('SUBSCRIBE', ['a', 'bad', 'c']);
    channel.pump(0);
    // Grows while it is walked through.
    for (const { id, params } of sent) {
      channel.answered(id, params.includes('bad') ? 'Invalid (2)' : undefined);
      channel.pump(0);
    }
    expect(channel.settled).toBe(true);
    expect(results).toContainEqual(['SUBSCRIBE', ['bad'], 'Invalid (2)']);
    expect(results).toContainEqual(['SUBSCRIBE', ['a']]);
    expect(results).toContainEqual(['SUBSCRIBE', ['c']]);
    expect(results).toHaveLength(3);
  });

  it('that are not answered are told, and those with an answer are not', () => {
    const { channel, results } = requests();
    channel.ask('SUBSCRIBE', ['a', 'b', 'c', 'd']);
    channel.pump(0);
    channel.answered(2, undefined);
    channel.pump(4_999);
    expect(results).toEqual([['SUBSCRIBE', ['d']]]);
    channel.pump(5_000);
    expect(results).toContainEqual(['SUBSCRIBE', ['a', 'b', 'c'], 'no answer within 5000 ms']);
    expect(channel.settled).toBe(true);
  });

  it('an error without an id belongs to the oldest one', () => {
    const { channel, results } = requests();
    channel.ask('SUBSCRIBE', ['a']);
    channel.ask('UNSUBSCRIBE', ['b']);
    channel.pump(0);
    channel.answered(undefined, 'Invalid JSON (3)');
    expect(results).toEqual([['SUBSCRIBE', ['a'], 'Invalid JSON (3)']]);
  });
});

describe('a connection with more streams than a URL holds', () => {
  it('asks for the rest at a pace that the exchange never sees exceeded', async () => {
    const exchange = await ScriptedExchange.start({ pingEveryMs: 1_000 });
    const { sockets, sounding } = watchSockets(exchange, { limits: { urlCharacters: 100, namesPerMessage: 10 } });
    const wanted = streams(Array.from({ length: 60 }, (_, index) => `symbol${index}@trade`));
    sockets.set(wanted);
    await sounding(wanted);
    const times = exchange.clients[0]?.requests.map(({ at }) => at) ?? [];
    expect(times.length).toBeGreaterThanOrEqual(6);
    for (const [index, at] of times.entries()) {
      expect(times.slice(index).filter((other) => other - at < 1_000).length).toBeLessThanOrEqual(4);
    }
  });

  it('tells a name that the exchange refuses, keeps the others, and keeps it out of the next URL', async () => {
    const refuses = (stream: string) => (stream === 'bad@trade' ? 'Invalid request' : undefined);
    const exchange = await ScriptedExchange.start({ refuses, serves: (stream) => stream !== 'bad@trade' });
    const { sockets, event, sounding } = watchSockets(exchange, { limits: { messagesPerSecond: 100 } });
    sockets.set(streams(['a@trade']));
    await sounding(streams(['a@trade']));
    sockets.set(streams(['a@trade', 'b@trade', 'bad@trade', 'c@trade']));
    expect(await event('requestFailed')).toEqual({
      type: 'requestFailed',
      connection: 1,
      method: 'SUBSCRIBE',
      streams: ['bad@trade'],
      problem: 'Invalid request (2)',
    });
    await sounding(streams(['a@trade', 'b@trade', 'c@trade']));
    exchange.open[0]?.socket.terminate();
    await event('opened', 2);
    expect(exchange.clients[1]?.url.searchParams.get('streams')).toBe('a@trade/b@trade/c@trade');
    await event('requestFailed', 2);
  });
});
