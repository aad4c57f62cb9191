import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { Misbehaviour } from '../../src/fake/faults/misbehaviour.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { until } from '../support/until.ts';
import { LiveComponent } from './live-component.ts';
import { expectUnbroken, keysOf } from './live-truth.ts';

const WITH_KEYS = ['trades.BTCUSDT', 'aggTrades.BTCUSDT', 'klines.BTCUSDT.1s'];

interface Case {
  readonly does: readonly Misbehaviour[];
  /** Events of the session that operators must see. */
  readonly told?: readonly string[];
  /** What heals it, if nothing else does. */
  readonly until?: string;
}

/** What the exchange does, and what operators are told of it. Components miss nothing in any of these. */
const CASES: Record<string, Case> = {
  'leaves out a trade': { does: [{ kind: 'omit', stream: 'btcusdt@trade' }], told: ['gap'] },
  'leaves out forty aggregates': { does: [{ kind: 'omit', stream: 'btcusdt@aggTrade', times: 40 }], told: ['gap'] },
  'leaves out closed bars': { does: [{ kind: 'omit', stream: 'btcusdt@kline_1s', times: 12 }] },
  'breaks the book': { does: [{ kind: 'omit', stream: 'btcusdt@depth*', times: 1 }], told: ['book'] },
  'crosses the book': { does: [{ kind: 'crossedBook', stream: 'btcusdt@depth*', times: 1 }], told: ['book'] },
  'swaps two frames': { does: [{ kind: 'swap', stream: 'btcusdt@trade', times: 5 }] },
  'sends frames twice': { does: [{ kind: 'duplicate', times: 100 }] },
  'sends malformed frames': { does: [{ kind: 'malformed', times: 5 }], told: ['frameMalformed'] },
  'sends truncated frames': { does: [{ kind: 'truncated', times: 5 }], told: ['frameMalformed'] },
  'sends fields that nobody knows': { does: [{ kind: 'unknownFields', times: 200 }] },
  'sends events that nobody knows': { does: [{ kind: 'unknownEvent', times: 20 }] },
  'cuts the connection': { does: [{ kind: 'disconnect', how: 'cut' }], told: ['lost', 'opened'] },
  'closes the connection': { does: [{ kind: 'disconnect', how: 'close' }], told: ['lost', 'opened'] },
  'ends connections after 24 hours': { does: [{ kind: 'lifetimeEnd' }], told: ['lost', 'opened'] },
  'announces a shutdown': { does: [{ kind: 'shutdown', afterMs: 5_000 }], told: ['shutdownAnnounced', 'rotated'] },
  'refuses new connections': {
    // Back-off has grown by now: the next attempt may be some seconds away.
    does: [{ kind: 'refuse', forMs: 60_000 }, { kind: 'disconnect' }],
    told: ['refused', 'opened'],
    until: 'refused',
  },
  'is away for two seconds': { does: [{ kind: 'away', forMs: 2_000 }], told: ['lost', 'opened'] },
  'answers 429 after a cut': {
    does: [{ kind: 'restError', status: 429, retryAfterS: 2, times: 1 }, { kind: 'disconnect' }],
    told: ['lost', 'gap'],
  },
  'answers 500 after a cut': { does: [{ kind: 'restError', status: 500, times: 2 }, { kind: 'disconnect' }] },
  'answers slowly after a cut': { does: [{ kind: 'slowRest', delayMs: 1_500, times: 4 }, { kind: 'disconnect' }] },
  'falls silent on one stream': {
    does: [{ kind: 'silence', stream: 'btcusdt@trade' }],
    told: ['silent', 'sounding'],
    until: 'silent',
  },
  'leaves sockets half open': { does: [{ kind: 'halfOpen' }], told: ['lost', 'opened'] },
};

describe('an exchange that', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  let session: SessionHandle;
  let component: LiveComponent;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ symbols: ['BTCUSDT'], rate: 100 });
    aegis = await startTestAegis();
    session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    component = await LiveComponent.attach(aegis, session, exchange, {
      symbols: ['BTCUSDT'],
      streams: ['trades', 'aggTrades', 'klines', 'orderBook', 'status'],
      timeframes: ['1s'],
    });
    await session.start();
    await component.got(500);
  });
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });
  afterEach(() => exchange.heal());

  async function eventsSince(at: number): Promise<string[]> {
    return (await session.events()).filter((entry) => entry.at >= at).map(({ event }) => event);
  }

  it.each(Object.entries(CASES))(
    '%s',
    async (_name, { does, told = [], until: healedBy }) => {
      const at = Date.now();
      const began = performance.now();
      for (const misbehaviour of does) exchange.misbehave(misbehaviour);
      if (healedBy !== undefined) {
        // A stream that is not known for 60 s yet may be silent for so long.
        await until(`${healedBy} is told`, async () => (await eventsSince(at)).includes(healedBy), 100_000);
        exchange.heal();
      }
      for (const event of told) {
        await until(`${event} is told`, async () => (await eventsSince(at)).includes(event), 120_000);
      }
      await component.caughtUp();
      await component.got(100);
      await component.caughtUp();
      console.log(`whole again ${Math.round(performance.now() - began)} ms after it began`);
      const { topics } = component;
      for (const topic of WITH_KEYS) await expectUnbroken(exchange, topics.get(topic) ?? []);
      expectSoundBooks();
    },
    180_000,
  );

  it('has no trades under some ids: the loss is declared with exactly these, and the others come', async () => {
    const before = component.statuses.length;
    const { lost } = exchange.misbehave({ kind: 'lostIds', symbol: 'BTCUSDT', count: 3 });
    if (lost === undefined) throw new Error('nothing was lost');
    await until('the loss is declared', () => lossesSince(before).length >= 2, 120_000);
    await component.caughtUp();
    expect(lossesSince(before)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ topic: 'trades.BTCUSDT', from: lost.fromTradeId, to: lost.toTradeId }),
        expect.objectContaining({ topic: 'aggTrades.BTCUSDT', from: lost.fromAggId, to: lost.toAggId }),
      ]),
    );
    for (const topic of WITH_KEYS) await expectUnbroken(exchange, component.topics.get(topic) ?? []);
  }, 240_000);

  function lossesSince(before: number): Record<string, unknown>[] {
    return component.statuses.slice(before).filter(({ kind, state }) => kind === 'gap' && state === 'lost');
  }

  /** Never crossed, sorted, and each newer than the one before. */
  function expectSoundBooks(): void {
    const books = (component.topics.get('orderBook.BTCUSDT.100ms') ?? []).map(({ json }) => JSON.parse(json));
    expect(books.length).toBeGreaterThan(10);
    let last = 0;
    for (const { last_update_id: id, bids, asks } of books) {
      expect(id).toBeGreaterThan(last);
      last = id;
      const prices = [...bids.toReversed(), ...asks].map(({ price }) => price);
      expect(prices).toEqual([...prices].sort((a, b) => a - b));
      expect(new Set(prices).size).toBe(prices.length);
      expect([...bids, ...asks].every(({ quantity }) => quantity > 0)).toBe(true);
    }
  }

  it('and the component saw rising ids throughout', () => {
    for (const topic of WITH_KEYS) {
      const keys = keysOf(component.topics.get(topic) ?? []);
      expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    }
  });
});
