import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { type ChildMessages, forkProcess } from './child.ts';
import { type DataClient, streamHash } from './data-client.ts';
import { OwnNats } from './own-nats.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage } from './stage.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ETH = 'aggTrades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';
/** About 22 MB. */
const TOPICS: readonly TestTopic[] = [
  { topic: BTC, tapes: [syntheticRows(60_000, { seed: 1 })] },
  { topic: ETH, tapes: [syntheticRows(50_000, { seed: 2 })] },
  { topic: KLINES, tapes: [syntheticRows(200, { seed: 3, stepUs: 2_000_000 })] },
];
const OWN = [BTC, KLINES];
const OWN_ROWS = 60_200;

interface Message {
  readonly answer?: { readonly status: string; readonly run?: number; readonly from?: number };
  readonly rows?: number;
  readonly again?: number;
  readonly state?: string;
  readonly problem?: string;
}

/** The stream with its numbers, and the state that a component has over it which was never disturbed. */
function numbered(stream: string): string {
  return stream.replaceAll(
    /,"data":/g,
    (
      (seq) => () =>
        `,"seq":${seq++},"data":`
    )(0),
  );
}

describe('a component that was killed', { timeout: 240_000 }, () => {
  let nats: OwnNats;
  beforeAll(async () => {
    nats = await OwnNats.start();
  });
  afterAll(() => nats.kill());

  interface Play {
    readonly stage: Stage;
    readonly old: DataClient;
    readonly same: DataClient;
    launch(options: object): ChildMessages<Message>;
    /** Waits for the end and compares everything with the stream made without the project's code. */
    verify(component: ChildMessages<Message>): Promise<void>;
  }

  async function play(): Promise<Play> {
    const components = [
      { id: 'killed', topics: OWN },
      { id: 'same', topics: OWN },
      { id: 'old', topics: [BTC, ETH, KLINES] },
    ];
    const stage = new Stage({ natsUrl: nats.url, topics: TOPICS, components });
    onTestFinished(() => stage.close());
    await stage.startDataStream();
    const clients = { old: stage.client('old'), same: stage.client('same') };
    const out = join(tempDir(), 'durable');
    const launch = (options: object): ChildMessages<Message> => {
      const all = {
        socketPath: stage.socketPath,
        out,
        acks: false,
        rebuilds: false,
        rows: OWN_ROWS,
        handshake: { component_id: 'killed', session_token: stage.sessionId, seq: true },
        ...options,
      };
      const child = forkProcess<Message>('test/orchestrator/data-component.ts', undefined, [JSON.stringify(all)]);
      onTestFinished(() => {
        child.child.kill('SIGKILL');
      });
      return child;
    };
    const verify = async (component: ChildMessages<Message>): Promise<void> => {
      const { components: results } = await stage.finished();
      const own = expectedStream(stage.sessionId, TOPICS, OWN);
      const state = await until('the state is whole', () => {
        const problem = component.messages.find((message) => message.problem !== undefined);
        if (problem !== undefined) throw new Error(problem.problem);
        return component.messages.findLast((message) => message.state !== undefined)?.state;
      });
      expect(state).toBe(createHash('sha256').update(numbered(own)).digest('hex'));
      expect(results.killed).toEqual({
        rows: OWN_ROWS,
        bytes: Buffer.byteLength(own),
        hash: streamHash(Buffer.from(own)),
      });
      const wanted = { old: expectedStream(stage.sessionId, TOPICS), same: own };
      for (const id of ['old', 'same'] as const) {
        await until('all bytes have arrived', () => clients[id].bytes >= wanted[id].length);
        expect(clients[id].text.equals(Buffer.from(wanted[id]))).toBe(true);
        expect(results[id]?.hash).toBe(streamHash(Buffer.from(wanted[id])));
      }
    };
    return { stage, ...clients, launch, verify };
  }

  const handshakeOf = (stage: Stage, from: unknown): object => ({
    handshake: { component_id: 'killed', session_token: stage.sessionId, seq: true, from },
  });
  const firstAnswer = (component: ChildMessages<Message>): Promise<NonNullable<Message['answer']>> =>
    until('the handshake is answered', () => component.messages.find((message) => message.answer)?.answer);
  const hasRows = (component: ChildMessages<Message>, rows: number): Promise<true> =>
    until(`${rows} rows`, () => component.messages.some((message) => (message.rows ?? 0) >= rows) || undefined);

  it('rebuilds its state from the start, in the middle of a run; the others see nothing of it', async () => {
    const { stage, launch, verify } = await play();
    const rebuilds = { rebuilds: true, ...handshakeOf(stage, 'start') };
    const first = launch(rebuilds);
    stage.startOrchestrator();
    await hasRows(first, 25_000);
    first.child.kill('SIGKILL');
    await first.exited;
    const second = launch(rebuilds);
    expect(await firstAnswer(second)).toMatchObject({ status: 'ok', run: 1, from: 0 });
    await verify(second);
  });

  it('goes on after the last row that it has acknowledged, without a row twice', async () => {
    const { stage, launch, verify } = await play();
    const acks = { acks: true, ...handshakeOf(stage, 'next') };
    const first = launch({ ...acks, dieAt: 10_000 });
    stage.startOrchestrator();
    await first.exited;
    const second = launch({ ...acks, dieAt: 35_000 });
    await second.exited;
    const third = launch(acks);
    await verify(third);
    // The number of the first row is that of the last acknowledgement: it had to drop nothing.
    expect(third.messages.findLast((message) => message.again !== undefined)?.again).toBe(0);
    expect(third.messages.find((message) => message.answer)?.answer?.from).toBeGreaterThanOrEqual(35_000);
  });

  it('goes on with the row it names, while the data stream server and the orchestrator are killed as well', async () => {
    const { stage, launch, verify } = await play();
    const acks = { acks: true, ...handshakeOf(stage, 'next') };
    const first = launch(acks);
    stage.startOrchestrator();
    await hasRows(first, 12_000);
    stage.kill('dataStream');
    stage.kill('orchestrator');
    first.child.kill('SIGKILL');
    await first.exited;
    const second = launch(acks);
    await hasRows(second, 30_000);
    stage.kill('dataStream');
    await hasRows(second, 40_000);
    second.child.kill('SIGKILL');
    stage.kill('dataStream');
    await second.exited;
    await verify(launch({ acks: true, rebuilds: true, ...handshakeOf(stage, 'start') }));
    expect(stage.starts.dataStream).toBe(4);
  });
});
