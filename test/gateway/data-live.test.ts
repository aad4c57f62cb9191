import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { streamHash } from '../orchestrator/data-client.ts';
import { until } from '../support/until.ts';
import type { LiveClient } from './live-client.ts';
import { LiveStage, type LiveStageOptions } from './live-stage.ts';

const BTC = 'trades.BTCUSDT';
const ETH = 'trades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';
const ALL = [BTC, ETH, KLINES];

async function stageOf(options: Partial<LiveStageOptions> = {}): Promise<LiveStage> {
  const components = [{ id: 'all', topics: ALL }];
  const stage = await LiveStage.start({ natsUrl: inject('natsUrl'), topics: ALL, components, ...options });
  onTestFinished(() => stage.close());
  return stage;
}

async function connected(...clients: LiveClient[]): Promise<void> {
  await until('the components are connected', () => clients.every(({ answers }) => answers.length > 0));
}

async function hasAll(client: LiveClient, text: string): Promise<void> {
  await until('all rows have come', () => client.rows.length >= text.split('\n').length - 1);
  expect(client.text).toBe(text);
}

describe('a realtime run', () => {
  it('gives each component its own topics in the order in which they were published, and its hash in the end', async () => {
    const components = [
      { id: 'all', topics: ALL },
      { id: 'same', topics: ALL },
      { id: 'eth', topics: [ETH] },
      { id: 'two', topics: [BTC, KLINES] },
    ];
    const stage = await stageOf({ components });
    const clients = components.map(({ id }) => stage.client(id));
    await connected(...clients);
    for (let batch = 0; batch < 20; batch++) {
      stage.publishMany(200);
      await stage.bus.flush();
    }
    const results = await stage.finish();
    for (const [index, { id, topics }] of components.entries()) {
      const expected = stage.expected(topics);
      const client = clients[index];
      if (client === undefined) throw new Error('no client');
      await hasAll(client, expected);
      const bytes = Buffer.byteLength(expected);
      expect(results[id]).toEqual({ rows: client.rows.length, bytes, hash: streamHash(Buffer.from(expected)) });
    }
    expect(stage.events).toEqual([]);
  });

  it('gives a component that connects late everything from its first row, out of the log', async () => {
    const stage = await stageOf();
    stage.publishMany(3_000);
    await stage.writer.flush();
    await until('the rows have arrived', async () => (await stage.status()).seq === 3_000);
    const late = stage.client('all');
    await until('some rows have come', () => late.rows.length > 100);
    stage.publishMany(1_000);
    const results = await stage.finish();
    await hasAll(late, stage.expected(ALL));
    expect(results.all?.hash).toBe(streamHash(Buffer.from(late.text)));
  });

  it('begins in the middle of a log that it has not seen from the start', async () => {
    const stage = await stageOf({ components: [{ id: 'all', topics: ALL }] });
    const client = stage.client('all');
    await connected(client);
    await stage.killServer();
    stage.publishMany(2_000);
    await stage.writer.flush();
    await stage.startServer();
    // Whoever joins now must not be told that the stream is at its beginning.
    const { run, seq } = await stage.status();
    expect([run, seq]).toEqual(run === 0 ? [0, 0] : [1, 2_000]);
    await hasAll(client, stage.expected(ALL));
    stage.publishMany(10);
    await hasAll(client, stage.expected(ALL));
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
  });

  it('drops rows that come twice and rows of an older orchestrator, and fills a gap from the log', async () => {
    const stage = await stageOf();
    const client = stage.client('all', { notices: true });
    await connected(client);
    stage.publishMany(100);
    await hasAll(client, stage.expected(ALL));
    const { epoch } = stage.writer;
    await stage.forge({ epoch, seq: 50, rows: 1, ts: 5 }, BTC, 'a duplicate\n');
    await stage.forge({ epoch: epoch - 1, seq: 100, rows: 1, ts: 5 }, BTC, 'of a fenced orchestrator\n');
    await stage.forge({ run: 7, epoch, seq: 100, rows: 1, ts: 5 }, BTC, 'of another run\n');
    stage.publishMany(5);
    await hasAll(client, stage.expected(ALL));
    // The second of the next two rows arrives alone: the first one can only come out of the log.
    const [, second] = stage.make(BTC, 2);
    const seq = stage.sent.length + 1;
    await stage.forge({ epoch, seq, rows: 1, ts: 9 }, BTC, second?.line ?? '');
    await until('the server has seen the gap', async () => (await stage.status()).seq === seq + 1);
    expect(client.rows).toHaveLength(seq - 1);
    stage.publish(BTC);
    stage.publish(BTC);
    stage.publishMany(10);
    await hasAll(client, stage.expected(ALL));
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
    expect(client.notices.map(({ status }) => status)).toEqual(['behind', 'live']);
  });
});

describe('a component that is slow in a realtime run', () => {
  const components = ['slow', 'fast'].map((id) => ({ id, topics: [BTC] }));

  it('alone falls behind, is told, and catches up; the others do not notice', async () => {
    const three = [...components, { id: 'old', topics: [BTC] }];
    const stage = await stageOf({ topics: [BTC], components: three, maxHeldBytes: 256 * 1024 });
    const slow = stage.client('slow', { notices: true });
    const fast = stage.client('fast', { notices: true });
    const old = stage.client('old');
    await connected(slow, fast, old);
    stage.publishMany(100);
    await hasAll(slow, stage.expected([BTC]));
    slow.pause();
    // More than the kernel and the server hold for it, and slower than anything that would hold up the others.
    for (let batch = 0; batch < 40; batch++) {
      stage.publishMany(250, 200);
      await stage.bus.flush();
      const { length } = stage.sent;
      await until('the others have all', () => fast.rows.length === length && old.rows.length === length, 5_000);
    }
    expect(stage.events).toContainEqual({ type: 'behind', componentId: 'slow' });
    const { components: states } = await stage.status();
    const lagOf = (id: string) => states.find(({ componentId }) => componentId === id)?.lagRows ?? 0;
    expect(lagOf('slow')).toBeGreaterThan(5_000);
    expect(lagOf('fast')).toBe(0);
    slow.resume();
    await hasAll(slow, stage.expected([BTC]));
    await until('it is told that it is live', () => slow.notices.length === 2);
    await until('the host is told, too', () => stage.events.length === 2);
    expect(slow.notices).toMatchObject([{ status: 'behind' }, { status: 'live' }]);
    expect(slow.notices[0]?.rows).toBeGreaterThan(5_000);
    expect([fast.notices, old.notices]).toEqual([[], []]);
    expect(stage.events).toEqual([
      { type: 'behind', componentId: 'slow' },
      { type: 'caughtUp', componentId: 'slow' },
    ]);
    stage.publishMany(100);
    const results = await stage.finish();
    const hash = streamHash(Buffer.from(stage.expected([BTC])));
    expect(Object.values(results).map((result) => result.hash)).toEqual([hash, hash, hash]);
  }, 240_000);

  it('gets its rows again from where it asks, and nobody else gets one twice', async () => {
    const stage = await stageOf({ topics: [BTC], components });
    const fast = stage.client('fast', { seq: true });
    const again = stage.client('slow', { seq: true });
    await connected(fast, again);
    stage.publishMany(8_000, 100);
    await until('both have all', () => fast.rows.length === 8_000 && again.rows.length === 8_000);
    const before = [...again.rows];
    again.rows.length = 0;
    again.cut({ seq: true, from: 10, run: 1 });
    stage.publishMany(500);
    await until('the rows have come again', () => again.rows.length === 8_490);
    await until('the other has all', () => fast.rows.length === 8_500);
    expect(again.rows.slice(0, 7_990)).toEqual(before.slice(10));
    expect(again.rows).toEqual(fast.rows.slice(10));
    expect(fast.answers).toHaveLength(1);
    const results = await stage.finish();
    const hash = streamHash(Buffer.from(stage.expected([BTC])));
    expect([results.fast?.hash, results.slow?.hash]).toEqual([hash, hash]);
  });

  it('has lost what the log has dropped meanwhile: told in exact numbers, and without a hash', async () => {
    const limits = { maxAgeMs: 3_600_000, maxBytes: 1 << 20 };
    const stage = await stageOf({ topics: [BTC], components, limits, maxHeldBytes: 64 * 1024 });
    const slow = stage.client('slow', { notices: true });
    const fast = stage.client('fast', { notices: true });
    await connected(slow, fast);
    slow.pause();
    for (let batch = 0; batch < 80; batch++) {
      stage.publishMany(250, 200);
      await stage.bus.flush();
      const { length } = stage.sent;
      await until('the other one has all', () => fast.rows.length === length, 5_000);
    }
    slow.resume();
    stage.publishMany(100);
    const results = await stage.finish();
    const lost = stage.events.filter((event) => event.type === 'rowsLost');
    expect(lost.length).toBeGreaterThan(0);
    const told = slow.notices.filter(({ status }) => status === 'lost');
    expect(told.map(({ from, to }) => ({ from, to }))).toEqual(lost.map(({ from, to }) => ({ from, to })));
    const kept = stage.sent.filter((_, seq) => !lost.some(({ from, to }) => seq >= from && seq <= to));
    await hasAll(slow, kept.map(({ line }) => line).join(''));
    expect(results.slow).toEqual({ rows: kept.length, bytes: Buffer.byteLength(slow.text) });
    expect(results.fast?.hash).toBe(streamHash(Buffer.from(fast.text)));
    expect(fast.notices.filter(({ status }) => status === 'lost')).toEqual([]);
  });
});

describe('components come and go while a realtime run flows', () => {
  it('with topics of their own: nothing changes for the others, and the new one begins where it joined', async () => {
    const stage = await stageOf({ topics: [BTC], components: [{ id: 'first', topics: [BTC] }] });
    const first = stage.client('first');
    await connected(first);
    stage.publishMany(500);
    await hasAll(first, stage.expected([BTC]));
    const { seq } = await stage.status();
    await stage.extend([ETH], [{ id: 'second', topics: [BTC, ETH], fromSeq: seq }]);
    const second = stage.client('second');
    await connected(second);
    stage.publishMany(500);
    await hasAll(second, stage.expected([BTC, ETH], seq));
    await hasAll(first, stage.expected([BTC]));
    await stage.leave('first');
    stage.publishMany(100);
    const results = await stage.finish();
    await hasAll(second, stage.expected([BTC, ETH], seq));
    expect(Object.keys(results)).toEqual(['second']);
    expect(results.second?.hash).toBe(streamHash(Buffer.from(second.text)));
  });

  it('and the end does not wait for one that stays away', async () => {
    const components = ['here', 'away', 'never'].map((id) => ({ id, topics: [BTC] }));
    const stage = await stageOf({ topics: [BTC], components, dataGraceMs: 300, dataReconnectMs: 300 });
    const here = stage.client('here');
    const away = stage.client('away');
    await connected(here, away);
    stage.publishMany(50);
    await hasAll(away, stage.expected([BTC]));
    away.stop();
    stage.publishMany(50);
    const results = await stage.finish();
    expect(results.here?.hash).toBe(streamHash(Buffer.from(stage.expected([BTC]))));
    expect(results.away).toEqual({ rows: 50, bytes: Buffer.byteLength(away.text) });
    expect(results.never).toEqual({ rows: 0, bytes: 0 });
    // On a busy machine the others may also be late, and come after all.
    expect(stage.events).toContainEqual(expect.objectContaining({ type: 'dataAbsent', componentId: 'never' }));
    expect(stage.events).toContainEqual(expect.objectContaining({ type: 'dataLost', componentId: 'away' }));
  });
});
