import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataStreamStatus } from '../../src/gateway/data/events.ts';
import { Child } from '../../src/host/child.ts';
import type { DataStreamCommand, DataStreamMessage } from '../../src/model/wire/data-stream-process.ts';
import type { OrchestratorCommand, OrchestratorMessage } from '../../src/model/wire/orchestrator-process.ts';
import { SESSION_ID } from '../data/dataset.ts';
import type { PreparedData } from '../data/reference.ts';
import { untilIdle } from './idle.ts';

export interface ReplayPathOptions {
  /** An empty folder. */
  readonly home: string;
  readonly natsUrl: string;
  readonly data: PreparedData;
  /** Ids of components; each takes all topics. */
  readonly components: readonly string[];
}

export type Finished = Extract<OrchestratorMessage, { type: 'finished' }>;

const POLL_MS = 20;
const PATIENCE = { dataGraceMs: 60_000, dataReconnectMs: 60_000 };

/** The processes of a historical session as aegisd starts them: an orchestrator and a data stream server. */
export class ReplayPath {
  readonly socketPath: string;
  readonly #options: ReplayPathOptions;
  readonly #dataStream: Child<DataStreamCommand, DataStreamMessage<DataStreamStatus>>;
  readonly #orchestrator: Child<OrchestratorCommand, OrchestratorMessage>;
  readonly #output: string[] = [];

  /** Both have loaded their code, and the run is known to the data stream server. Nothing flows yet. */
  static async open(options: ReplayPathOptions): Promise<ReplayPath> {
    const path = new ReplayPath(options);
    try {
      await path.#beginRun();
      await untilIdle('the orchestrator', path.#orchestrator.pid ?? 0);
      return path;
    } catch (error) {
      await path.close();
      throw error;
    }
  }

  private constructor(options: ReplayPathOptions) {
    this.#options = options;
    this.socketPath = join(options.home, 'data.sock');
    const onOutput = (line: string): void => {
      this.#output.push(line);
    };
    this.#dataStream = new Child({ entry: 'gateway/data/main', onOutput });
    this.#orchestrator = new Child({ entry: 'orchestrator/main', onOutput });
  }

  /** By name. */
  get pids(): Readonly<Record<string, number>> {
    return { orchestrator: this.#orchestrator.pid ?? 0, 'data stream server': this.#dataStream.pid ?? 0 };
  }

  /** Tells the orchestrator to go. The result comes when the data stream server has written the last byte. */
  replay(): Promise<Finished> {
    const { natsUrl, data } = this.#options;
    const finished = this.#orchestrator.first((message) => {
      if (message.type === 'progress' || message.type === 'notice') return undefined;
      return message;
    });
    this.#orchestrator.send({
      type: 'init',
      sessionId: SESSION_ID,
      natsUrl,
      planPath: data.planPath,
      tapesDir: data.tapesDir,
      run: 1,
      attempt: 1,
      paused: false,
    });
    return finished.then(
      (message) => {
        if (message.type === 'finished') return message;
        throw new Error(`the orchestrator ended: ${JSON.stringify(message)}${this.#told()}`);
      },
      (error: unknown) => {
        throw new Error(`${error}${this.#told()}`);
      },
    );
  }

  /** Waits until every component has a data connection. */
  async connected(): Promise<void> {
    const { components } = this.#options;
    for (let request = 2; ; request++) {
      const answer = this.#dataStream.first((message) => (message.type === 'status' ? message.status : undefined));
      this.#dataStream.send({ type: 'status', request });
      const status = await this.#within(answer);
      if (status.components.filter(({ connections }) => connections > 0).length === components.length) return;
      await delay(POLL_MS);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#orchestrator.end(), this.#dataStream.end()]);
  }

  async #beginRun(): Promise<void> {
    const { home, natsUrl, data, components } = this.#options;
    const { topics } = data.reference;
    const listening = this.#dataStream.first((message) => (message.type === 'listening' ? message : undefined));
    this.#dataStream.send({
      type: 'init',
      sessionId: SESSION_ID,
      socketPath: this.socketPath,
      journalPath: join(home, 'positions'),
      natsUrl,
      components: components.map((id) => ({ id, topics: [...topics] })),
      ...PATIENCE,
    });
    await this.#within(listening);
    const begun = this.#dataStream.first((message) => (message.type === 'done' ? message : undefined));
    const members = components.map((id) => ({ id, fromSeq: 0 }));
    this.#dataStream.send({ type: 'beginRun', run: 1, topics: [...topics], members, request: 1 });
    await this.#within(begun);
  }

  async #within<T>(answer: Promise<T>): Promise<T> {
    const late = delay(PATIENCE.dataGraceMs, undefined, { ref: false }).then(() => {
      throw new Error(`the data stream server does not answer${this.#told()}`);
    });
    return Promise.race([answer, late]);
  }

  #told(): string {
    return this.#output.map((line) => `\n  ${line}`).join('');
  }
}
