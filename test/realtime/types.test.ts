import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { StreamStats } from '../../src/fake/stats.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { attach, type Declaration, linesIn, runToEnd, sample, spec, topicsOf } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { LiveComponent } from './live-component.ts';
import { expectUnbroken, type Row } from './live-truth.ts';

const SPEEDS = ['100ms', '250ms', '500ms'];
const BTC = ['BTCUSDT'];
/** Without `status`. */
const SILENT: Declaration = { symbols: BTC, streams: ['klines', 'klineUpdates'], timeframes: ['1s', '1m'] };
const TELLING: Declaration = { symbols: BTC, streams: ['orderBook', 'trades', 'status'], speeds: SPEEDS };

let aegis: TestAegis;
let exchange: FakeExchange;
beforeAll(async () => {
  aegis = await startTestAegis();
  exchange = await FakeExchange.start({ symbols: BTC, rate: 50 });
});
afterAll(async () => {
  await aegis?.close();
  await exchange?.close();
});

function live(): Promise<SessionHandle> {
  return aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
}

interface Level {
  readonly price: number;
  readonly quantity: number;
}

interface Book {
  readonly last_update_id: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

const dataOf = <T>(rows: readonly Row[]): T[] => rows.map(({ json }): T => JSON.parse(json));

describe('the types of a realtime session', () => {
  let session: SessionHandle;
  let silent: LiveComponent;
  let telling: LiveComponent;
  /** Best levels that the exchange itself shows, by update id. */
  const shown = new Map<number, Book>();
  let socket: WebSocket;
  let sent: ReadonlyMap<string, StreamStats>;
  beforeAll(async () => {
    socket = new WebSocket(`${exchange.url.replace('http', 'ws')}/ws/btcusdt@depth20@100ms`);
    await once(socket, 'open');
    socket.on('message', (data) => {
      const { lastUpdateId, bids, asks } = JSON.parse(String(data));
      shown.set(lastUpdateId, { last_update_id: lastUpdateId, bids: levels(bids), asks: levels(asks) });
    });
    session = await live();
    silent = await LiveComponent.attach(aegis, session, exchange, { name: 'silent', ...SILENT });
    telling = await LiveComponent.attach(aegis, session, exchange, { name: 'telling', ...TELLING });
    await session.start();
    const began = performance.now();
    await until('each topic has rows', () => topicsOf(TELLING).every((topic) => telling.topics.has(topic)));
    await until('bars have closed', () => (silent.topics.get('klines.BTCUSDT.1s')?.length ?? 0) >= 6);
    console.log(`rows of all types after ${Math.round(performance.now() - began)} ms`);
    await session.stop();
    sent = new Map(exchange.stats.connections.flatMap((connection) => Object.entries(connection.sent)));
    await until('the run is summed up', async () => (await session.state()).summary);
  });
  afterAll(() => socket?.close());

  function levels(side: readonly (readonly [string, string])[]): Level[] {
    return side.map(([price, quantity]) => ({ price: Number(price), quantity: Number(quantity) }));
  }

  it.each(['1s', '1m'])('klineUpdates of %s has a row for every frame', (interval) => {
    const rows = silent.topics.get(`klineUpdates.BTCUSDT.${interval}`) ?? [];
    expect(rows.length).toBeGreaterThan(2);
    // The run may have ended with frames on their way.
    const { frames = 0 } = sent.get(`btcusdt@kline_${interval}`) ?? {};
    expect(rows.length).toBeLessThanOrEqual(frames);
    expect(rows.length).toBeGreaterThanOrEqual(frames - 2);
    const times = rows.map(({ ts }) => ts);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('klines and klineUpdates share a stream: bars that have closed are the same in both', async () => {
    const closed = silent.topics.get('klines.BTCUSDT.1s') ?? [];
    await expectUnbroken(exchange, closed);
    const updates = silent.topics.get('klineUpdates.BTCUSDT.1s')?.map(({ json }) => json) ?? [];
    expect(updates.filter((json) => json.endsWith(',"closed":false}')).length).toBeGreaterThan(4);
    expect(updates.filter((json) => json.endsWith(',"closed":true}'))).toEqual(
      closed.map(({ json }) => `${json.slice(0, -1)},"closed":true}`),
    );
    expect([...sent.keys()].filter((stream) => stream.includes('kline'))).toHaveLength(2);
  });

  it('books of 100, 250 and 500 ms come from one stream, each at its rate', () => {
    const counts = SPEEDS.map((speed) => telling.topics.get(`orderBook.BTCUSDT.${speed}`)?.length ?? 0);
    const [fast = 0, middle = 0, slow = 0] = counts;
    console.log(`rows of books at 100, 250, 500 ms: ${counts.join(', ')}`);
    expect(fast).toBeGreaterThan(20);
    expect(fast / middle).toBeGreaterThan(1.9);
    expect(fast / middle).toBeLessThan(3.1);
    expect(fast / slow).toBeGreaterThan(4);
    expect(fast / slow).toBeLessThan(6.5);
  });

  it.each(SPEEDS)('each book of %s is the best 20 levels that the exchange has at that update', (speed) => {
    const books = dataOf<Book>(telling.topics.get(`orderBook.BTCUSDT.${speed}`) ?? []);
    const compared = books.filter(({ last_update_id }) => shown.has(last_update_id));
    // The first one may be that of the snapshot.
    expect(compared.length).toBeGreaterThanOrEqual(books.length - 1);
    for (const { last_update_id, bids, asks } of compared) {
      expect({ last_update_id, bids, asks }).toEqual(shown.get(last_update_id));
    }
  });

  it('only those who declare status get status rows', () => {
    const types = (component: LiveComponent) =>
      new Set([...component.topics.keys()].map((topic) => topic.split('.')[0]));
    expect(types(telling).has('status')).toBe(true);
    expect(telling.statuses).toContainEqual(expect.objectContaining({ kind: 'book', state: 'synced' }));
    expect([...types(silent)].sort()).toEqual(['klineUpdates', 'klines']);
  });
});

describe('a realtime session refuses to start', () => {
  let session: SessionHandle;
  beforeAll(async () => {
    session = await live();
  });
  afterEach(async () => {
    await session.detach('wrong');
  });

  it.each([
    ['a type that only archives have', { symbols: BTC, streams: ['bookDepth'] }, /bookDepth\.BTCUSDT.*realtime/],
    ['another such type', { symbols: BTC, streams: ['metrics'] }, /metrics\.BTCUSDT.*realtime/],
    ['an unknown symbol', { symbols: ['NOPEUSDT'], streams: ['trades'] }, /NOPEUSDT on the spot market/],
    ['an unknown interval', { symbols: BTC, streams: ['klines'], timeframes: ['7m'] }, /klines\.BTCUSDT\.7m.*spot/],
  ])('with %s', async (_what, declared, text) => {
    await attach(aegis, session, { style: 'waits', name: 'wrong', ...declared });
    await session.start();
    const failure = await until('the start is refused', async () => (await session.state()).failure);
    expect(failure).toMatchObject({ code: 'TOPIC_NOT_AVAILABLE', message: expect.stringMatching(text) });
    expect((await session.state()).state).not.toBe('RUNNING');
  });
});

describe('a realtime session whose exchange is away at the start', () => {
  it('starts, says that symbols were not checked, and has rows when the exchange is there', async () => {
    const session = await live();
    exchange.misbehave({ kind: 'away', forMs: 4_000 });
    const component = await attach(aegis, session, { style: 'waits', symbols: BTC, streams: ['trades'] });
    await session.start();
    await until('there are rows', () => linesIn(component.out).length > 50);
    expect((await session.events()).map(({ event }) => event)).toContain('symbolsUnchecked');
    await session.shutdown();
    await session.ended();
  }, 240_000);
});

describe('a historical session', () => {
  it('takes the type status, has no rows of it, and finishes', async () => {
    await sample(aegis, { symbols: BTC, trades: 100 });
    const session = await aegis.create(spec());
    const component = await attach(aegis, session, { style: 'waits', symbols: BTC, streams: ['trades', 'status'] });
    const { outcome } = await runToEnd(session);
    expect(outcome).toBe('end-of-data');
    await until('all rows', () => linesIn(component.out).length === 100);
    expect(linesIn(component.out).filter((line) => line.includes('.status.'))).toEqual([]);
  }, 240_000);
});
