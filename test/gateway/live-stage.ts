import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../../src/bus/bus.ts';
import { connectBus } from '../../src/bus/nats-bus.ts';
import type { DataStreamStatus } from '../../src/gateway/data/events.ts';
import type { DataStreamCommand, DataStreamMessage } from '../../src/model/wire/data-stream-process.ts';
import type { DirectMessage } from '../../src/model/wire/direct-message.ts';
import { decodeFinishAnswer, encodeFinishRequest, type FinishAnswer } from '../../src/model/wire/finish.ts';
import type { LogLimits, LogPosition } from '../../src/model/wire/live-log.ts';
import { sessionSubjects } from '../../src/model/wire/subjects.ts';
import { DirectSender } from '../../src/orchestrator/live/direct-sender.ts';
import { LogWriter } from '../../src/orchestrator/live/log-writer.ts';
import { type ChildMessages, forkProcess } from '../orchestrator/child.ts';
import { until } from '../support/until.ts';
import { type HandshakeFields, LiveClient } from './live-client.ts';

export interface LiveComponent {
  readonly id: string;
  readonly topics: readonly string[];
  readonly fromSeq?: number;
}

export interface LiveStageOptions {
  readonly natsUrl: string;
  readonly topics: readonly string[];
  readonly components: readonly LiveComponent[];
  readonly limits?: LogLimits;
  readonly dataGraceMs?: number;
  readonly dataReconnectMs?: number;
  readonly maxHeldBytes?: number;
  /** Rows go to the server over its socket, too. Default false. */
  readonly direct?: boolean;
}

/** A row of the merged stream, as it was published. */
export interface SentRow {
  readonly topic: string;
  readonly line: string;
}

type StreamMessage = DataStreamMessage<DataStreamStatus>;
type Unnumbered<C> = C extends { request: number } ? Omit<C, 'request'> : never;

const LIMITS: LogLimits = { maxAgeMs: 3_600_000, maxBytes: 256 << 20 };
const START_MS = 1_767_225_600_000;

/** Plays aegisd and the orchestrator for one realtime session: the server is a process, the log is written by LogWriter. */
export class LiveStage {
  readonly sessionId = `l${Math.random().toString(36).slice(2, 10)}`;
  readonly socketPath: string;
  /** Where orchestrators hand over rows, if they do. */
  readonly directPath: string;
  readonly events: StreamMessage[] = [];
  readonly sent: SentRow[] = [];
  serverStarts = 0;
  run = 1;
  readonly #options: LiveStageOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'aegis-live-'));
  readonly #clients: LiveClient[] = [];
  readonly #buses: Bus[] = [];
  #topics: readonly string[];
  #members: readonly LiveComponent[];
  #server: ChildMessages<StreamMessage> | undefined;
  #writer: LogWriter | undefined;
  #bus: Bus | undefined;
  #direct: DirectSender | undefined;
  #request = 0;
  #stopping = false;
  #failure: unknown;

  constructor(options: LiveStageOptions) {
    this.#options = options;
    this.#topics = options.topics;
    this.#members = options.components;
    this.socketPath = join(this.#dir, 'data.sock');
    this.directPath = join(this.#dir, 'direct.sock');
  }

  static async start(options: LiveStageOptions): Promise<LiveStage> {
    const stage = new LiveStage(options);
    await stage.startServer();
    await stage.open();
    return stage;
  }

  get bus(): Bus {
    if (this.#bus === undefined) throw new Error('there is no connection');
    return this.#bus;
  }

  get writer(): LogWriter {
    if (this.#writer === undefined) throw new Error('there is no writer');
    return this.#writer;
  }

  client(componentId: string, fields: HandshakeFields = {}): LiveClient {
    const client = new LiveClient({ socketPath: this.socketPath, sessionId: this.sessionId, componentId, fields });
    this.#clients.push(client);
    return client;
  }

  async startServer(): Promise<void> {
    this.serverStarts += 1;
    const server = forkProcess<StreamMessage>('src/gateway/data/main.ts', (message) => {
      if (!('request' in message) && message.type !== 'listening') this.events.push(message);
      if (message.type === 'failed') this.#failure = message.error;
    });
    this.#server = server;
    const { natsUrl, dataGraceMs = 30_000, dataReconnectMs = 30_000, maxHeldBytes } = this.#options;
    server.child.send({
      type: 'init',
      sessionId: this.sessionId,
      socketPath: this.socketPath,
      ...(this.#options.direct === true ? { directPath: this.directPath } : {}),
      journalPath: join(this.#dir, 'positions'),
      rowsPath: join(this.#dir, 'rows'),
      natsUrl,
      components: this.#members.map(({ id, topics }) => ({ id, topics: [...topics] })),
      dataGraceMs,
      dataReconnectMs,
      ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
    } satisfies DataStreamCommand);
    await until('the server listens', () => server.messages.some(({ type }) => type === 'listening'));
    await this.#beginRun();
  }

  /** An orchestrator begins to write; one before it is left as it is. */
  async open(): Promise<LogWriter> {
    const bus = await connectBus({ url: this.#options.natsUrl, name: 'live stage' });
    this.#buses.push(bus);
    this.#bus = bus;
    const { sessionId, run } = this;
    const limits = this.#options.limits ?? LIMITS;
    this.connectDirectly();
    const stage = this;
    const direct = {
      get connected(): boolean {
        return stage.#direct?.connected === true;
      },
      send: (message: DirectMessage) => this.#direct?.send(message),
    };
    this.#writer = await LogWriter.open({ bus, sessionId, run, limits, direct, onEvent: () => undefined });
    return this.#writer;
  }

  connectDirectly(): void {
    this.#direct?.close();
    this.#direct = this.#options.direct === true ? new DirectSender(this.directPath) : undefined;
  }

  /** Rows go over NATS alone. */
  cutDirect(): void {
    this.#direct?.close();
    this.#direct = undefined;
  }

  /** The orchestrator dies: its connection is cut, what it had in memory is gone. */
  async dropWriter(): Promise<void> {
    this.cutDirect();
    this.#writer?.close();
    this.#writer = undefined;
    await this.#bus?.close();
  }

  /** kill -9 of the server; it is started again. */
  async restartServer(): Promise<void> {
    await this.killServer();
    await this.startServer();
  }

  async killServer(): Promise<void> {
    this.#server?.child.kill('SIGKILL');
    await this.#server?.exited;
  }

  /** One message with `rows` rows. */
  publish(topic: string, rows = 1, padding = 0): void {
    const made = this.make(topic, rows, padding);
    const lines = Buffer.from(made.map(({ line }) => line).join(''));
    if (
      !this.writer.write({ subject: `aegis.${this.sessionId}.${topic}`, lines, rows, ts: START_MS + this.sent.length })
    ) {
      throw new Error('the log takes nothing');
    }
    this.sent.push(...made);
  }

  /** Rows as they would be published next. */
  make(topic: string, rows = 1, padding = 0): SentRow[] {
    return Array.from({ length: rows }, (_, index) => {
      const id = this.sent.length + index;
      const head = `{"session_id":"${this.sessionId}","topic":"aegis.${this.sessionId}.${topic}","ts":${START_MS + id}`;
      return { topic, line: `${head},"data":{"id":${id},"note":"${'x'.repeat(padding + (id % 50))}"}}\n` };
    });
  }

  /** Messages of one to three rows over all topics, `rows` in all. */
  publishMany(rows: number, padding = 0): void {
    const end = this.sent.length + rows;
    for (let turn = 0; this.sent.length < end; turn++) {
      const topic = this.#topics[(turn * 7 + this.sent.length) % this.#topics.length] ?? '';
      this.publish(topic, Math.min(1 + (turn % 3), end - this.sent.length), padding);
    }
  }

  /** Straight to the subscribers, past the log writer: duplicates, gaps, fenced orchestrators. */
  async forge(at: Omit<LogPosition, 'run'> & { readonly run?: number }, topic: string, text: string): Promise<void> {
    const subject = `aegis.${this.sessionId}.${topic}`;
    // The log refuses it: its number is not the next one there.
    this.bus
      .log(this.sessionId)
      .append({ subject, payload: Buffer.from(text), at: { run: this.run, ...at }, after: 1 << 30 });
    await this.bus.flush();
  }

  /** What a component must get, from a row of the merged stream on. */
  expected(topics: readonly string[], fromSeq = 0): string {
    return this.sent
      .slice(fromSeq)
      .flatMap(({ topic, line }) => (topics.includes(topic) ? [line] : []))
      .join('');
  }

  /** More topics at the end and more components. */
  async extend(topics: readonly string[], members: readonly LiveComponent[]): Promise<void> {
    this.#topics = [...this.#topics, ...topics];
    this.#members = [...this.#members, ...members];
    for (const { id, topics: own } of members) {
      await this.ask({ type: 'setComponent', component: { id, topics: [...own] } });
    }
    await this.#beginRun();
  }

  async leave(componentId: string): Promise<void> {
    this.#members = this.#members.filter(({ id }) => id !== componentId);
    await this.ask({ type: 'removeComponent', componentId });
  }

  async status(): Promise<DataStreamStatus> {
    const answer = await this.ask({ type: 'status' });
    if (answer.type !== 'status') throw new Error(`status was answered with ${answer.type}`);
    return answer.status;
  }

  /** Ends the run as the orchestrator does. */
  async finish(limitMs = 90_000): Promise<Extract<FinishAnswer, { state: 'done' }>['components']> {
    await this.writer.flush();
    return until(
      'the run is finished',
      async () => {
        if (this.#failure !== undefined) throw new Error(`the server failed: ${JSON.stringify(this.#failure)}`);
        const answer = await this.askFinish(this.sent.length);
        return answer?.state === 'done' && answer.components;
      },
      limitMs,
    );
  }

  async askFinish(rows: number, epoch = this.writer.epoch): Promise<FinishAnswer | undefined> {
    const { finish } = sessionSubjects(this.sessionId);
    const request = encodeFinishRequest({ run: this.run, attempt: 1, instance: 'x', epoch, rows });
    const answer = await this.bus.request(finish, request, { timeoutMs: 1_000 }).catch(() => undefined);
    return answer === undefined ? undefined : decodeFinishAnswer(answer);
  }

  async ask(command: Unnumbered<DataStreamCommand>): Promise<StreamMessage> {
    const request = ++this.#request;
    const server = this.#server;
    server?.child.send({ ...command, request });
    const answer = await until(`an answer to ${command.type}`, () =>
      server?.messages.find((message) => 'request' in message && message.request === request),
    );
    if (answer.type === 'refused') throw new Error(answer.error.message);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.cutDirect();
    for (const client of this.#clients) client.stop();
    await this.killServer();
    this.#writer?.close();
    await this.#bus
      ?.log(this.sessionId)
      .remove()
      .catch(() => undefined);
    await Promise.all(this.#buses.map((bus) => bus.close(100)));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #beginRun(): Promise<void> {
    const members = this.#members.map(({ id, fromSeq = 0 }) => ({ id, fromSeq }));
    await this.ask({ type: 'beginRun', run: this.run, topics: [...this.#topics], members, live: true });
  }
}
