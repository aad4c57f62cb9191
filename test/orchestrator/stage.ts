import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataStreamStatus } from '../../src/gateway/data/events.ts';
import type { StreamPlan } from '../../src/model/plan.ts';
import type { DataStreamCommand, DataStreamMessage } from '../../src/model/wire/data-stream-process.ts';
import type {
  OrchestratorCheckpoint,
  OrchestratorCommand,
  OrchestratorMessage,
} from '../../src/model/wire/orchestrator-process.ts';
import { writeTapeFixture } from '../support/tape-fixture.ts';
import { type ChildMessages, forkProcess } from './child.ts';
import { DataClient, type DataClientOptions } from './data-client.ts';
import type { TestTopic } from './rows.ts';
import { until } from './until.ts';

export interface StageComponent {
  readonly id: string;
  readonly topics: readonly string[];
}

export interface StageOptions {
  readonly natsUrl: string;
  /** Default: a new one. */
  readonly sessionId?: string;
  /** A plan of tapes that are there already; default: tapes are made of `topics`. */
  readonly planned?: { readonly plan: StreamPlan; readonly tapesDir: string };
  readonly topics: readonly TestTopic[];
  readonly components: readonly StageComponent[];
  readonly dataGraceMs?: number;
  readonly dataReconnectMs?: number;
}

type Finished = Extract<OrchestratorMessage, { type: 'finished' }>;
type StreamMessage = DataStreamMessage<DataStreamStatus>;
type Unnumbered<C> = C extends { request: number } ? Omit<C, 'request'> : never;

/** Plays aegisd for one session: starts the two processes, restarts the one that died, keeps the checkpoint. */
export class Stage {
  readonly sessionId: string;
  readonly socketPath: string;
  readonly events: StreamMessage[] = [];
  /** How often each process was started. */
  readonly starts = { dataStream: 0, orchestrator: 0 };
  readonly exits: (number | null)[] = [];
  readonly #options: StageOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'aegis-stage-'));
  readonly #plan: StreamPlan;
  readonly #clients: DataClient[] = [];
  #dataStream: ChildMessages<StreamMessage> | undefined;
  #orchestrator: ChildMessages<OrchestratorMessage> | undefined;
  readonly #zombies: ChildMessages<OrchestratorMessage>[] = [];
  #checkpoint: OrchestratorCheckpoint | undefined;
  #finished: Finished | undefined;
  #failure: unknown;
  #run = 1;
  #request = 0;
  #stopping = false;

  constructor(options: StageOptions) {
    this.#options = options;
    this.sessionId = options.sessionId ?? `t${Math.random().toString(36).slice(2, 10)}`;
    this.socketPath = join(this.#dir, 'data.sock');
    this.#plan = this.#writePlan();
  }

  client(componentId: string, options: Partial<DataClientOptions> = {}): DataClient {
    const client = new DataClient({ socketPath: this.socketPath, sessionId: this.sessionId, componentId, ...options });
    this.#clients.push(client);
    return client;
  }

  async startDataStream(): Promise<void> {
    this.starts.dataStream += 1;
    const started = forkProcess<StreamMessage>('src/gateway/data/main.ts', (message) => {
      if (['dataAbsent', 'dataLost', 'slow', 'failed'].includes(message.type)) this.events.push(message);
      if (message.type === 'failed') this.#failure = message.error;
    });
    this.#dataStream = started;
    void started.exited.then(() => {
      if (!this.#stopping && this.#dataStream === started) this.#restart(this.startDataStream());
    });
    const { natsUrl, components, dataGraceMs = 15_000, dataReconnectMs = 120_000 } = this.#options;
    const init: DataStreamCommand = {
      type: 'init',
      sessionId: this.sessionId,
      socketPath: this.socketPath,
      journalPath: join(this.#dir, 'positions'),
      natsUrl,
      components: components.map(({ id, topics }) => ({ id, topics: [...topics] })),
      dataGraceMs,
      dataReconnectMs,
    };
    started.child.send(init);
    await until('the data stream server listens', () => started.messages.some(({ type }) => type === 'listening'));
    await this.beginRun(this.#run);
  }

  async beginRun(run: number): Promise<void> {
    this.#run = run;
    const topics = this.#plan.topics.map(({ topic }) => topic);
    const members = this.#options.components.map(({ id }) => ({ id, fromSeq: 0 }));
    await this.ask({ type: 'beginRun', run, topics, members });
  }

  startOrchestrator({ paused = false } = {}): void {
    this.starts.orchestrator += 1;
    const started = forkProcess<OrchestratorMessage>('src/orchestrator/main.ts', (message) => {
      if (message.type === 'progress') this.#checkpoint = message.checkpoint;
      if (message.type === 'finished') this.#finished = message;
      if (message.type === 'failed') this.#failure = message.error;
    });
    this.#orchestrator = started;
    void started.exited.then((code) => {
      this.exits.push(code);
      if (!this.#stopping && this.#finished === undefined && this.#orchestrator === started) this.startOrchestrator();
    });
    const resume = this.#checkpoint;
    const init: OrchestratorCommand = {
      type: 'init',
      sessionId: this.sessionId,
      natsUrl: this.#options.natsUrl,
      planPath: join(this.#dir, 'plan.json'),
      tapesDir: this.#options.planned?.tapesDir ?? this.#dir,
      run: this.#run,
      attempt: this.starts.orchestrator,
      paused,
      ...(resume === undefined ? {} : { resume }),
    };
    started.child.send(init);
  }

  /** Another run over the same data. */
  async again(): Promise<void> {
    this.#finished = undefined;
    this.#checkpoint = undefined;
    await this.beginRun(this.#run + 1);
    this.startOrchestrator();
  }

  /** A second orchestrator beside the first, which stays alive. */
  fork(): ChildProcess | undefined {
    const first = this.#orchestrator;
    if (first !== undefined) this.#zombies.push(first);
    this.startOrchestrator();
    return first?.child;
  }

  kill(which: 'dataStream' | 'orchestrator'): void {
    const process = which === 'dataStream' ? this.#dataStream : this.#orchestrator;
    process?.child.kill('SIGKILL');
  }

  tell(command: OrchestratorCommand): void {
    this.#orchestrator?.child.send(command);
  }

  get progress(): Extract<OrchestratorMessage, { type: 'progress' }> | undefined {
    return this.#orchestrator?.messages.findLast((message) => message.type === 'progress');
  }

  async status(): Promise<DataStreamStatus> {
    const answer = await this.ask({ type: 'status' });
    if (answer.type !== 'status') throw new Error(`status was answered with ${answer.type}`);
    return answer.status;
  }

  async ask(command: Unnumbered<DataStreamCommand>): Promise<StreamMessage> {
    const request = ++this.#request;
    const server = this.#dataStream;
    server?.child.send({ ...command, request });
    const answer = await until(`an answer to ${command.type}`, () =>
      server?.messages.find((message) => 'request' in message && message.request === request),
    );
    if (answer.type === 'refused') throw new Error(answer.error.message);
    return answer;
  }

  finished(limitMs = 90_000): Promise<Finished> {
    return until(
      'the run is finished',
      () => {
        if (this.#failure !== undefined) throw new Error(`a process failed: ${JSON.stringify(this.#failure)}`);
        return this.#finished;
      },
      limitMs,
    );
  }

  async close(): Promise<void> {
    this.#stopping = true;
    for (const client of this.#clients) client.stop();
    const processes = [this.#dataStream, this.#orchestrator, ...this.#zombies];
    for (const process of processes) process?.child.kill('SIGKILL');
    await Promise.all(processes.map((process) => process?.exited));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #restart(started: Promise<void>): void {
    started.catch((error: unknown) => {
      // The next kill may come before this start is through.
      if (!this.#stopping && this.#dataStream?.child.exitCode === null) this.#failure = error;
    });
  }

  #writePlan(): StreamPlan {
    const plan = this.#options.planned?.plan ?? this.#planFixtures();
    writeFileSync(join(this.#dir, 'plan.json'), JSON.stringify(plan));
    return plan;
  }

  #planFixtures(): StreamPlan {
    const topics = this.#options.topics.map(({ topic, tapes }) => ({
      topic,
      tapes: tapes.map((rows, index) =>
        writeTapeFixture({ tapesDir: this.#dir, topic, period: `2026-01-0${index + 1}`, rows }),
      ),
    }));
    return { market: 'spot', from: 0, to: 8e12, topics, gaps: [] };
  }
}
