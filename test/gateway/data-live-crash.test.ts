import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deliveredTail } from '../../src/orchestrator/live/delivered-tail.ts';
import { streamHash } from '../orchestrator/data-client.ts';
import { OwnJetStream } from '../support/own-jetstream.ts';
import { until } from '../support/until.ts';
import type { LiveClient } from './live-client.ts';
import { LiveStage, type LiveStageOptions } from './live-stage.ts';

const BTC = 'trades.BTCUSDT';
const ETH = 'trades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';
const ALL = [BTC, ETH, KLINES];

let home: string;
let nats: OwnJetStream;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  nats = await OwnJetStream.start(home);
});

afterAll(async () => {
  await nats?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function stageOf(options: Partial<LiveStageOptions> = {}): Promise<LiveStage> {
  const components = [{ id: 'all', topics: ALL }];
  const stage = await LiveStage.start({ natsUrl: nats.url, topics: ALL, components, ...options });
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

/** Publishes at some thousand rows a second until told to stop. */
function flow(stage: LiveStage): () => Promise<void> {
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      stage.publishMany(20, 50);
      await delay(2);
    }
  })();
  return async () => {
    stopped = true;
    await done;
  };
}

describe('a realtime stream survives kill -9', { timeout: 240_000 }, () => {
  it('of the data stream server, again and again: every row once, in order, and the hash of the whole', async () => {
    const components = [
      { id: 'all', topics: ALL },
      { id: 'eth', topics: [ETH] },
      { id: 'numbered', topics: [BTC] },
    ];
    // Less is held than is hashed again after each kill.
    const stage = await stageOf({ components, maxHeldBytes: 128 * 1024 });
    const all = stage.client('all', { received: true });
    const eth = stage.client('eth', { received: true });
    const numbered: LiveClient = stage.client('numbered', () => ({ seq: true, from: numbered.rows.length, run: 1 }));
    await connected(all, eth, numbered);
    const stop = flow(stage);
    for (let kill = 0; kill < 4; kill++) {
      const { length } = all.rows;
      await until('rows flow', () => all.rows.length > length + 3_000);
      await stage.restartServer();
    }
    const { length } = all.rows;
    await until('rows flow again', () => all.rows.length > length + 1_000);
    await stop();
    const results = await stage.finish();
    await hasAll(all, stage.expected(ALL));
    await hasAll(eth, stage.expected([ETH]));
    await until('the numbered rows are there', () => numbered.rows.length === results.numbered?.rows);
    expect(numbered.rows.map((row, seq) => row.replace(`,"seq":${seq},`, ',')).join('')).toBe(stage.expected([BTC]));
    for (const { id, topics } of components) {
      expect(results[id]?.hash, id).toBe(streamHash(Buffer.from(stage.expected(topics))));
    }
  });

  it('of nats-server, with what was sent meanwhile', async () => {
    const stage = await stageOf();
    const client = stage.client('all', { notices: true });
    await connected(client);
    const stop = flow(stage);
    for (let kill = 0; kill < 2; kill++) {
      const { length } = client.rows;
      await until('rows flow', () => client.rows.length > length + 1_000);
      await nats.kill();
      await nats.launch();
    }
    const { length } = client.rows;
    await until('rows flow again', () => client.rows.length > length + 1_000);
    await stop();
    const results = await stage.finish();
    await hasAll(client, stage.expected(ALL));
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
    expect(client.answers).toHaveLength(1);
  });

  it('of an orchestrator: the next one goes on with the next row', async () => {
    const stage = await stageOf();
    const client = stage.client('all');
    await connected(client);
    stage.publishMany(1_000);
    await stage.writer.flush();
    await stage.dropWriter();
    await stage.open();
    stage.publishMany(1_000);
    await hasAll(client, stage.expected(ALL));
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
    expect(await stage.askFinish(2_000, 1)).toEqual({ state: 'fenced' });
  });

  it('of the orchestrator before the log has its last rows: what came and does not count is told by number', async () => {
    const stage = await stageOf();
    const client = stage.client('all', { notices: true });
    await connected(client);
    stage.publishMany(100);
    await stage.writer.flush();
    await hasAll(client, stage.expected(ALL));
    const { epoch } = stage.writer;
    for (let seq = 100; seq < 103; seq++) await stage.forge({ epoch, seq, rows: 1, ts: 9 }, BTC, `never kept ${seq}\n`);
    await until('they have come', () => client.rows.length === 103);
    const expected = stage.expected(ALL) + client.rows.slice(100).join('');
    await stage.dropWriter();
    await stage.open();
    stage.publishMany(20);
    await hasAll(
      client,
      expected +
        stage.sent
          .slice(100)
          .map(({ line }) => line)
          .join(''),
    );
    expect(client.notices).toEqual([{ status: 'void', from: 100, to: 102 }]);
    await until('the host is told, too', () => stage.events.length === 1);
    expect(stage.events).toEqual([{ type: 'rowsVoid', componentIds: ['all'], from: 100, to: 102 }]);
    const results = await stage.finish();
    expect(results.all).toEqual({ rows: client.rows.length, bytes: Buffer.byteLength(client.text) });
  });

  it.each([
    ['the orchestrator', false],
    ['the orchestrator and the data stream server', true],
  ])('of %s before the log has its last rows: the next one gets them and writes them', async (_, both) => {
    const stage = await stageOf();
    const client = stage.client('all', { notices: true, received: true });
    await connected(client);
    stage.publishMany(100);
    await stage.writer.flush();
    const { epoch } = stage.writer;
    const unkept = stage.make(BTC, 3);
    for (const [index, { line }] of unkept.entries()) {
      await stage.forge({ epoch, seq: 100 + index, rows: 1, ts: 9 }, BTC, line);
    }
    await until('they have come', () => client.rows.length === 103);
    await stage.dropWriter();
    if (both) await stage.restartServer();
    const writer = await stage.open();
    const tail = await deliveredTail({ bus: stage.bus, sessionId: stage.sessionId, run: 1, seq: writer.seq });
    expect(tail.map(({ seq, rows }) => [seq, rows])).toEqual([
      [100, 1],
      [101, 1],
      [102, 1],
    ]);
    for (const message of tail) writer.write(message);
    stage.sent.push(...unkept);
    stage.publishMany(20);
    await hasAll(client, stage.expected(ALL));
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
    expect([client.notices, stage.events]).toEqual([[], []]);
  });
});
