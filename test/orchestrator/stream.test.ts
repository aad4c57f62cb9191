import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ORCHESTRATOR_EXIT } from '../../src/model/wire/orchestrator-process.ts';
import { streamHash } from './data-client.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage, type StageOptions } from './stage.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ETH = 'aggTrades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';

const TOPICS: readonly TestTopic[] = [
  { topic: BTC, tapes: [syntheticRows(20_000, { seed: 1 })] },
  { topic: ETH, tapes: [syntheticRows(15_000, { seed: 2 })] },
  { topic: KLINES, tapes: [syntheticRows(300, { seed: 3, stepUs: 200_000 })] },
];
const ROWS = 35_300;
/** More than three times what may be in flight. */
const LONG: readonly TestTopic[] = [{ topic: BTC, tapes: [syntheticRows(220_000, { seed: 5 })] }];
const TEN: readonly TestTopic[] = [{ topic: BTC, tapes: [syntheticRows(10)] }];

function newStage(options: Partial<StageOptions> = {}): Stage {
  const stage = new Stage({
    natsUrl: inject('natsUrl'),
    topics: TOPICS,
    components: [{ id: 'all', topics: [KLINES, BTC, ETH] }],
    ...options,
  });
  onTestFinished(() => stage.close());
  return stage;
}

describe('stream through real processes', () => {
  it('gives each component exactly its own topics in the order of the whole, and its hash', async () => {
    const stage = newStage({
      components: [
        { id: 'all', topics: [KLINES, BTC, ETH] },
        { id: 'same', topics: [BTC, ETH, KLINES] },
        { id: 'eth', topics: [ETH] },
        { id: 'two', topics: [KLINES, ETH] },
      ],
    });
    await stage.startDataStream();
    const wanted = { all: undefined, same: undefined, eth: [ETH], two: [ETH, KLINES] };
    const ids = ['all', 'same', 'eth', 'two'] as const;
    const clients = ids.map((id) => ({ id, client: stage.client(id) }));
    stage.startOrchestrator();
    const { rows, components } = await stage.finished();
    expect(rows).toBe(ROWS);
    for (const { id, client } of clients) {
      const expected = Buffer.from(expectedStream(stage.sessionId, TOPICS, wanted[id]));
      await until('all bytes have arrived', () => client.bytes >= expected.length);
      expect(client.text.equals(expected)).toBe(true);
      const expectedRows = expected.filter((byte) => byte === 10).length;
      expect(components[id]).toEqual({ rows: expectedRows, bytes: expected.length, hash: streamHash(expected) });
    }
  });

  it('delivers ten rows whole to a component that connects a second after the start', async () => {
    const stage = newStage({ topics: TEN, components: [{ id: 'late', topics: [BTC] }] });
    await stage.startDataStream();
    stage.startOrchestrator();
    await delay(1_000);
    const client = stage.client('late');
    const { rows, components } = await stage.finished();
    const expected = expectedStream(stage.sessionId, TEN);
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(client.text.toString()).toBe(expected);
    expect(rows).toBe(10);
    expect(components.late?.rows).toBe(10);
    expect(stage.events).toEqual([]);
  });

  it('ends at once over an empty range, with the hash of nothing', async () => {
    const topics = [{ topic: BTC, tapes: [] }];
    const stage = newStage({ topics, components: [{ id: 'all', topics: [BTC] }] });
    await stage.startDataStream();
    stage.client('all');
    stage.startOrchestrator();
    const { components } = await stage.finished();
    expect(components.all).toEqual({ rows: 0, bytes: 0, hash: streamHash(Buffer.alloc(0)) });
  });

  it('gives identical bytes in a second run, over connections that were closed in between', async () => {
    const stage = newStage();
    await stage.startDataStream();
    const client = stage.client('all', { tellsReceived: false });
    stage.startOrchestrator();
    const first = await stage.finished();
    const length = Buffer.byteLength(expectedStream(stage.sessionId, TOPICS));
    await until('the first run has arrived', () => client.bytes === length);
    await stage.ask({ type: 'closeDataConnections' });
    await until('the component is back', () => client.connections === 2);
    await stage.again();
    const second = await stage.finished();
    await until('the second run has arrived', () => client.bytes === 2 * length);
    const both = client.text;
    expect(both.subarray(0, length).equals(both.subarray(length))).toBe(true);
    expect(second.components).toEqual(first.components);
  });

  it('stops between slices when it is paused, and goes on where it was', async () => {
    const stage = newStage({ topics: LONG, components: [{ id: 'all', topics: [BTC] }] });
    await stage.startDataStream();
    let paused = false;
    const client = stage.client('all', {
      onBytes: () => {
        if (!paused) stage.tell({ type: 'pause' });
        paused = true;
      },
    });
    stage.startOrchestrator();
    const still = await until('the stream stands still', async () => {
      const before = await stage.status();
      const { progress } = stage;
      const quiet =
        progress?.paused === true && before.seq > 0 && before.credited === before.seq && progress.seq === before.seq;
      return quiet ? before.seq : undefined;
    });
    expect(still).toBeLessThan(220_000);
    await delay(700);
    expect((await stage.status()).seq).toBe(still);
    stage.tell({ type: 'resume' });
    const { rows, components } = await stage.finished();
    expect(rows).toBe(220_000);
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(components.all?.hash).toBe(streamHash(client.text));
    expect(client.text.equals(expected)).toBe(true);
  });
});

describe('data connections', { timeout: 240_000 }, () => {
  it('answers the handshake in 4096 bytes with the topics in the order of CONFIGURE, rows 100 ms later', async () => {
    const stage = newStage({ topics: TOPICS, components: [{ id: 'all', topics: [KLINES, BTC, ETH] }] });
    await stage.startDataStream();
    const client = stage.client('all');
    await until('the handshake is answered before the run begins', () => client.connections === 1);
    stage.startOrchestrator();
    await stage.finished();
    await until('rows have arrived', () => client.firstRowAfterMs !== undefined);
    const full = [KLINES, BTC, ETH].map((topic) => `aegis.${stage.sessionId}.${topic}`);
    expect(client.answers).toEqual([{ status: 'ok', topics: full }]);
    expect(client.answerBytes).toBe(4096);
    expect(client.firstRowAfterMs).toBeGreaterThanOrEqual(95);
  });

  it('serves a component that shuts its sending side after the handshake', async () => {
    const stage = newStage();
    await stage.startDataStream();
    const client = stage.client('all', { halfClose: true });
    stage.startOrchestrator();
    await stage.finished();
    const expected = expectedStream(stage.sessionId, TOPICS);
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(client.text.toString() === expected).toBe(true);
    expect(client.connections).toBe(1);
  });

  it('gives every row to both connections of one component', async () => {
    const stage = newStage();
    await stage.startDataStream();
    const clients = [stage.client('all'), stage.client('all')];
    await until('both are connected', async () => (await stage.status()).components[0]?.connections === 2);
    stage.startOrchestrator();
    await stage.finished();
    const expected = expectedStream(stage.sessionId, TOPICS);
    for (const client of clients) {
      await until('all bytes have arrived', () => client.bytes >= expected.length);
      expect(client.text.toString() === expected).toBe(true);
    }
  });

  it('goes on after cut connections with the first row that was not written', async () => {
    const stage = newStage({ topics: LONG, components: [{ id: 'all', topics: [BTC] }] });
    await stage.startDataStream();
    let cuts = 0;
    const client = stage.client('all', {
      onBytes: (bytes) => {
        if (bytes < (cuts + 1) * 6_000_000) return;
        cuts += 1;
        client.cut();
      },
    });
    stage.startOrchestrator();
    const { components } = await stage.finished();
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(cuts).toBeGreaterThan(3);
    expect(client.text.equals(expected)).toBe(true);
    expect(components.all?.hash).toBe(streamHash(expected));
  });

  it('ends a run where it is when the connections are closed, and goes on there when the same run begins again', async () => {
    const stage = newStage({ topics: LONG, components: [{ id: 'all', topics: [BTC] }] });
    await stage.startDataStream();
    let closed: Promise<unknown> | undefined;
    const client = stage.client('all', {
      tellsReceived: false,
      onBytes: (bytes) => {
        if (bytes > 4_000_000) closed ??= stage.ask({ type: 'closeDataConnections' });
      },
    });
    stage.startOrchestrator();
    await until('the connection was closed and is back', () => client.connections === 2);
    await closed;
    expect(await stage.status()).toMatchObject({ run: 0, started: false });
    await stage.beginRun(1);
    const { components } = await stage.finished();
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(client.text.equals(expected)).toBe(true);
    expect(components.all?.hash).toBe(streamHash(expected));
  });

  it('stops the clock for a component that does not read: bounded, told in the status, and nothing is lost', async () => {
    const components = [
      { id: 'reader', topics: [BTC] },
      { id: 'sleeper', topics: [BTC] },
    ];
    const stage = newStage({ topics: LONG, components });
    await stage.startDataStream();
    const reader = stage.client('reader');
    let asleep = false;
    const sleeper = stage.client('sleeper', {
      onBytes: (bytes) => {
        if (asleep || bytes < 500_000) return;
        asleep = true;
        sleeper.pause();
      },
    });
    stage.startOrchestrator();
    const slow = await until('the sleeper is reported', () => stage.events.find(({ type }) => type === 'slow'));
    expect(slow).toMatchObject({ componentId: 'sleeper' });
    const status = await stage.status();
    expect(status.seq - status.credited).toBeLessThanOrEqual(16 * 2_048);
    expect(status.components.find(({ componentId }) => componentId === 'sleeper')).toMatchObject({ slow: true });
    expect(status.components.find(({ componentId }) => componentId === 'reader')).toMatchObject({ slow: false });
    expect(stage.progress?.seq).toBe(status.seq);
    sleeper.resume();
    await stage.finished();
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    for (const client of [reader, sleeper]) {
      await until('all bytes have arrived', () => client.bytes >= expected.length);
      expect(client.text.equals(expected)).toBe(true);
    }
  });

  it('goes on without a component that never connects, reports it, and gives it everything when it comes late', async () => {
    const components = [
      { id: 'reader', topics: [BTC] },
      { id: 'absent', topics: [BTC] },
    ];
    const stage = newStage({ topics: LONG, components, dataGraceMs: 300 });
    await stage.startDataStream();
    let late: ReturnType<Stage['client']> | undefined;
    const reader = stage.client('reader', {
      onBytes: (bytes) => {
        if (bytes > 5_000_000) late ??= stage.client('absent');
      },
    });
    stage.startOrchestrator();
    const { components: results } = await stage.finished();
    expect(stage.events).toContainEqual({ type: 'dataAbsent', componentId: 'absent' });
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    for (const client of [reader, late]) {
      await until('all bytes have arrived', () => (client?.bytes ?? 0) >= expected.length);
      expect(client?.text.equals(expected)).toBe(true);
    }
    expect(results.absent).toEqual(results.reader);
  });

  it('reports a component that was lost and did not return, and the others get their whole stream', async () => {
    const components = [
      { id: 'reader', topics: [BTC] },
      { id: 'dying', topics: [BTC] },
    ];
    const stage = newStage({ topics: LONG, components, dataReconnectMs: 500 });
    await stage.startDataStream();
    const reader = stage.client('reader');
    const dying = stage.client('dying', { onBytes: (bytes) => bytes > 1_000_000 && dying.stop() });
    stage.startOrchestrator();
    const { components: results } = await stage.finished();
    expect(stage.events).toContainEqual({ type: 'dataLost', componentId: 'dying' });
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    await until('all bytes have arrived', () => reader.bytes >= expected.length);
    expect(reader.text.equals(expected)).toBe(true);
    expect(results.reader?.hash).toBe(streamHash(expected));
    expect(results.dying?.hash).toBeUndefined();
  });
});

describe('fencing', () => {
  it('lets only the newest attempt feed a session; the older one ends with its own exit code', async () => {
    const stage = newStage({ topics: LONG, components: [{ id: 'all', topics: [BTC] }] });
    await stage.startDataStream();
    let paused = false;
    const client = stage.client('all', {
      onBytes: () => {
        if (!paused) stage.tell({ type: 'pause' });
        paused = true;
      },
    });
    stage.startOrchestrator();
    await until('the first is paused', () => stage.progress?.paused);
    const zombie = stage.fork();
    await until('the second feeds the session', () => stage.progress?.streaming);
    zombie?.send({ type: 'resume' });
    await stage.finished();
    const expected = Buffer.from(expectedStream(stage.sessionId, LONG));
    await until('all bytes have arrived', () => client.bytes >= expected.length);
    expect(client.text.equals(expected)).toBe(true);
    await until('both have ended', () => stage.exits.length === 2);
    expect(stage.exits).toContain(ORCHESTRATOR_EXIT.ok);
    expect(stage.exits).toContain(ORCHESTRATOR_EXIT.fenced);
    expect(stage.starts.orchestrator).toBe(2);
  });
});
