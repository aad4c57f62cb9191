import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MAX_WRITE_BYTES } from '../../src/gateway/data/component-position.ts';
import { type DataClient, streamHash } from './data-client.ts';
import { OwnNats } from './own-nats.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage } from './stage.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ETH = 'aggTrades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';

/** About 40 MB, more than three times what may be in flight: a kill at 2 MB finds most of the run before it. */
const TOPICS: readonly TestTopic[] = [
  { topic: BTC, tapes: [syntheticRows(120_000, { seed: 1 })] },
  { topic: ETH, tapes: [syntheticRows(90_000, { seed: 2 })] },
  { topic: KLINES, tapes: [syntheticRows(300, { seed: 3, stepUs: 2_000_000 })] },
];
const ROWS = 210_300;
const MB = 1_000_000;
/** The lines of these tapes differ by at most so many bytes in length. */
const LINE_VARIES = 80;

interface Disturbance {
  /** The component `all` has received so many bytes. */
  readonly at: number;
  readonly act: (stage: Stage) => void;
}

// On a busy machine each start of a process takes seconds.
describe('a stream survives kill -9', { timeout: 240_000 }, () => {
  let nats: OwnNats;
  beforeAll(async () => {
    nats = await OwnNats.start();
  });
  afterAll(() => nats.kill());

  /** Runs the session, disturbs it, and compares every byte with the stream made without the project's code. */
  async function run(disturbances: readonly Disturbance[]): Promise<Stage> {
    const components = [
      { id: 'all', topics: [BTC, ETH, KLINES] },
      { id: 'eth', topics: [ETH] },
      { id: 'klines', topics: [KLINES] },
    ];
    const stage = new Stage({ natsUrl: nats.url, topics: TOPICS, components });
    onTestFinished(() => stage.close());
    const pending = [...disturbances];
    await stage.startDataStream();
    const clients: Record<string, DataClient> = {
      all: stage.client('all', {
        onBytes: (bytes) => {
          if (pending[0] !== undefined && bytes >= pending[0].at) pending.shift()?.act(stage);
        },
      }),
      eth: stage.client('eth'),
      klines: stage.client('klines'),
    };
    stage.startOrchestrator();
    const { rows, components: results } = await stage.finished();
    expect(pending).toEqual([]);
    expect(rows).toBe(ROWS);
    for (const { id, topics } of components) {
      const expected = Buffer.from(expectedStream(stage.sessionId, TOPICS, topics));
      await until('all bytes have arrived', () => (clients[id]?.bytes ?? 0) >= expected.length);
      expect(clients[id]?.text.equals(expected)).toBe(true);
      expect(results[id]?.hash).toBe(streamHash(expected));
    }
    return stage;
  }

  it('of the data stream server, with a component that does not say what it has received: no row is missing', async () => {
    const stage = new Stage({ natsUrl: nats.url, topics: TOPICS, components: [{ id: 'old', topics: [BTC, ETH] }] });
    onTestFinished(() => stage.close());
    await stage.startDataStream();
    let killed = false;
    const client = stage.client('old', {
      tellsReceived: false,
      onBytes: (bytes) => {
        if (killed || bytes < 3 * MB) return;
        killed = true;
        stage.kill('dataStream');
      },
    });
    stage.startOrchestrator();
    const { components } = await stage.finished();
    expect(stage.starts.dataStream).toBe(2);
    const expected = Buffer.from(expectedStream(stage.sessionId, TOPICS, [BTC, ETH]));
    expect(components.old?.hash).toBe(streamHash(expected));
    const [first = 0] = client.starts.slice(1);
    const lastLine = expected.subarray(expected.lastIndexOf(10, expected.length - 2) + 1);
    await until('the last row has arrived', () => client.text.subarray(-lastLine.length).equals(lastLine));
    const received = client.text;
    // The write that the kill fell into may have reached the component: its rows come again, and nothing else.
    const again = received.length - expected.length;
    expect(again).toBeGreaterThanOrEqual(0);
    expect(again).toBeLessThanOrEqual(MAX_WRITE_BYTES + lastLine.length + LINE_VARIES);
    expect(received.subarray(0, first).equals(expected.subarray(0, first))).toBe(true);
    expect(received.subarray(first).equals(expected.subarray(first - again))).toBe(true);
  });

  it('of the orchestrator', async () => {
    const stage = await run([
      { at: 2 * MB, act: (stage) => stage.kill('orchestrator') },
      { at: 14 * MB, act: (stage) => stage.kill('orchestrator') },
    ]);
    expect(stage.starts).toEqual({ dataStream: 1, orchestrator: 3 });
  });

  it('of the data stream server', async () => {
    const stage = await run([
      { at: 2 * MB, act: (stage) => stage.kill('dataStream') },
      { at: 9 * MB, act: (stage) => stage.kill('dataStream') },
      { at: 17 * MB, act: (stage) => stage.kill('dataStream') },
    ]);
    expect(stage.starts).toEqual({ dataStream: 4, orchestrator: 1 });
  });

  it('of both at once', async () => {
    const stage = await run([
      {
        at: 5 * MB,
        act: (stage) => {
          stage.kill('orchestrator');
          stage.kill('dataStream');
        },
      },
    ]);
    expect(stage.starts).toEqual({ dataStream: 2, orchestrator: 2 });
  });

  it('of nats-server', async () => {
    let restarts = 0;
    const restart = (): void => {
      void nats.kill().then(async () => {
        await nats.launch();
        restarts += 1;
      });
    };
    const stage = await run([
      { at: 2 * MB, act: restart },
      { at: 15 * MB, act: restart },
    ]);
    expect(restarts).toBe(2);
    expect(stage.starts).toEqual({ dataStream: 1, orchestrator: 1 });
  });
});
