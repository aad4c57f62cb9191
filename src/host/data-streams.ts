import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataStreamStatus } from '../gateway/data/events.ts';
import type { DataStreamInput } from '../model/activities.ts';
import { AegisError, type ErrorData } from '../model/errors.ts';
import type { HomePaths } from '../model/paths.ts';
import type { Session } from '../model/session.ts';
import type {
  DataStreamCommand,
  DataStreamMessage,
  RunMember,
  StreamBorder,
} from '../model/wire/data-stream-process.ts';
import { aborted } from './aborted.ts';
import type { Child } from './child.ts';
import { noticesOf } from './data-stream-notices.ts';
import { DataStreamRequests } from './data-stream-requests.ts';
import type { Log } from './log.ts';
import type { SessionWorkflows } from './session-workflows.ts';
import { SpareChild } from './spare-child.ts';
import type { StartGate } from './start-gate.ts';
import { Turns } from './turns.ts';

export interface DataStreamsOptions {
  readonly paths: HomePaths;
  /** Folder of the data sockets. */
  readonly sockets: string;
  readonly natsUrl: string;
  readonly workflows: SessionWorkflows;
  readonly gate: StartGate;
  readonly log: Log;
}

export interface RunStart {
  readonly run: number;
  /** Short topics in the order of the plan. */
  readonly topics: readonly string[];
  /** Components that take part. */
  readonly members: readonly RunMember[];
  /** A realtime run: rows flow at once, and beginning it again adds topics and members. Default false. */
  readonly live?: boolean;
}

interface Server {
  readonly child: Child<DataStreamCommand, DataStreamMessage<DataStreamStatus>>;
  readonly requests: DataStreamRequests;
  listening: boolean;
  /** False once it was told to end. */
  wanted: boolean;
  /** What it reported before it ended by itself. */
  failure: ErrorData | undefined;
}

/** How long a component's READY waits for the data stream server of its session, ms. */
const READY_TIMEOUT_MS = 9_000;
const POLL_MS = 25;

/** The data stream servers of a host, one process per session. */
export class DataStreams {
  readonly #options: DataStreamsOptions;
  readonly #servers = new Map<string, Server>();
  /** Starts and ends, one after the other per session. */
  readonly #turns = new Turns();
  /** Tells of servers that are put into the map above. */
  readonly #begins = new EventEmitter<{ begun: [sessionId: string] }>().setMaxListeners(0);
  /** The run that flows, by session: a server that is started again is told. */
  readonly #runs = new Map<string, RunStart>();
  readonly #processes = new SpareChild<DataStreamCommand, DataStreamMessage<DataStreamStatus>>({
    folder: 'gateway/data',
  });

  constructor(options: DataStreamsOptions) {
    this.#options = options;
  }

  /**
   * Finds or starts a session's server and waits until {@link end} ends it. Aborting ends the waiting, not the server.
   * @throws AegisError PROCESS_LOST when it was killed, the error that it reported when it ended by itself
   */
  async serve(input: DataStreamInput, signal: AbortSignal): Promise<void> {
    const { sessionId } = input;
    const over = aborted(signal);
    const server = await this.#turns.take(sessionId, async () => this.#servers.get(sessionId) ?? this.#start(input));
    const how = await Promise.race([server.child.exited, over]);
    if (!server.wanted) return;
    if (server.failure !== undefined) throw AegisError.fromData(server.failure);
    throw new AegisError('PROCESS_LOST', `the data stream server ended: ${how}`, { where: `session ${input.session}` });
  }

  /**
   * Waits until the session's server has passed the gate, as long as it takes: it will listen in a moment. A component may
   * wait for it only as long as its protocol says, which is less than dozens of servers before it at the gate may need.
   */
  async begun(sessionId: string, signal: AbortSignal): Promise<void> {
    if (this.#servers.has(sessionId)) return;
    const over = aborted(signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    const isBegun = (begun: string) => {
      if (begun === sessionId) resolve();
    };
    this.#begins.on('begun', isBegun);
    try {
      await Promise.race([promise, over]);
    } finally {
      this.#begins.off('begun', isBegun);
    }
  }

  /** Makes a component known; its handshake is accepted from now on. Returns the path of the data socket. */
  async add(
    sessionId: string,
    component: { readonly id: string; readonly topics: readonly string[] },
  ): Promise<string> {
    const server = await this.#ready(sessionId);
    const { id, topics } = component;
    await server.requests.send({ type: 'setComponent', component: { id, topics: [...topics] } });
    return this.#socketPath(sessionId);
  }

  /** The stream waits for this component no longer. */
  async remove(sessionId: string, componentId: string): Promise<void> {
    const run = this.#runs.get(sessionId);
    if (run !== undefined) {
      this.#runs.set(sessionId, { ...run, members: run.members.filter(({ id }) => id !== componentId) });
    }
    await this.#servers.get(sessionId)?.requests.send({ type: 'removeComponent', componentId });
  }

  /** Stops the stream where its plan may change; {@link beginRun} lets it flow again. `wait` without a server. */
  async freeze(sessionId: string, run: number): Promise<StreamBorder> {
    const server = this.#servers.get(sessionId);
    return server?.listening === true ? server.requests.freeze(run) : { state: 'wait' };
  }

  async beginRun(sessionId: string, start: RunStart): Promise<void> {
    const server = await this.#ready(sessionId);
    this.#runs.set(sessionId, start);
    await sendRun(server, start);
  }

  async closeConnections(sessionId: string): Promise<void> {
    await this.#servers.get(sessionId)?.requests.send({ type: 'closeDataConnections' });
  }

  status(sessionId: string): Promise<DataStreamStatus> | undefined {
    return this.#servers.get(sessionId)?.requests.status();
  }

  /** Which of the components have an open data connection. */
  async connected(sessionId: string, componentIds: readonly string[]): Promise<string[]> {
    const status = await this.status(sessionId);
    const open = status?.components.filter((component) => component.connections > 0).map((c) => c.componentId) ?? [];
    return componentIds.filter((id) => open.includes(id));
  }

  async waitConnected(sessionId: string, componentId: string, timeoutMs: number): Promise<boolean> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await delay(POLL_MS)) {
      if ((await this.connected(sessionId, [componentId])).length > 0) return true;
    }
    return false;
  }

  /** Ends the server and leaves no socket. Its journal stays: the session may go on after a restart of aegisd. */
  async end(sessionId: string): Promise<void> {
    await this.#turns.take(sessionId, () => this.#endNow(sessionId));
  }

  async #endNow(sessionId: string): Promise<void> {
    const server = this.#servers.get(sessionId);
    this.#servers.delete(sessionId);
    this.#runs.delete(sessionId);
    if (server === undefined) return;
    server.wanted = false;
    await server.child.end();
    await rm(this.#socketPath(sessionId), { force: true });
    await rm(this.directPath(sessionId), { force: true });
  }

  /** Ends the server and everything that is kept of the session's stream. */
  async forget(sessionId: string): Promise<void> {
    await this.end(sessionId);
    await rm(this.#journalPath(sessionId), { force: true });
    await rm(this.#rowsPath(sessionId), { recursive: true, force: true });
  }

  /** Has a process ready for the next session. */
  prepare(): void {
    this.#processes.prepare();
  }

  async endAll(): Promise<void> {
    await Promise.all([this.#processes.end(), ...[...this.#servers.keys()].map((sessionId) => this.end(sessionId))]);
  }

  /** Holds its place at the gate until it listens. */
  #start(input: DataStreamInput): Promise<Server> {
    // Asked for while it waits at the gate.
    const session = this.#options.workflows.state(input.session);
    session.catch(() => {});
    return this.#options.gate.pass(() => this.#fork(input, session));
  }

  async #fork(input: DataStreamInput, state: Promise<Session>): Promise<Server> {
    const { sessionId, session, dataGraceMs, dataReconnectMs } = input;
    const { natsUrl, log } = this.#options;
    // Nothing begins when it is clear by now that there will be no answer.
    await Promise.race([state, Promise.resolve()]);
    const child = this.#processes.take((line) => log('warn', `data stream of ${session}: ${line}`));
    const server: Server = {
      child,
      requests: new DataStreamRequests(child),
      listening: false,
      wanted: true,
      failure: undefined,
    };
    this.#servers.set(sessionId, server);
    this.#begins.emit('begun', sessionId);
    void child.exited.then(() => {
      if (this.#servers.get(sessionId) === server) this.#servers.delete(sessionId);
    });
    child.listen((message) => this.#onMessage(input, server, message));
    const listening = child.first((message) => (message.type === 'listening' ? true : undefined));
    const { spec, components } = await state.catch(async (error: unknown) => {
      await child.end();
      throw error;
    });
    child.send({
      type: 'init',
      sessionId,
      socketPath: this.#socketPath(sessionId),
      ...(spec.mode === 'realtime'
        ? { directPath: this.directPath(sessionId), rowsPath: this.#rowsPath(sessionId) }
        : {}),
      journalPath: this.#journalPath(sessionId),
      natsUrl,
      components: components.map(({ id, topics }) => ({ id, topics: [...topics] })),
      dataGraceMs,
      dataReconnectMs,
    });
    await listening;
    const run = this.#runs.get(sessionId);
    if (run !== undefined) await sendRun(server, run);
    server.listening = true;
    return server;
  }

  #onMessage(
    { sessionId, session }: DataStreamInput,
    server: Server,
    message: DataStreamMessage<DataStreamStatus>,
  ): void {
    const { workflows, log } = this.#options;
    if (message.type === 'failed') {
      server.failure = message.error;
      log('error', `data stream of ${session}: ${message.error.message}`);
    }
    const live = this.#runs.get(sessionId)?.live === true;
    for (const notice of noticesOf(message, live)) workflows.notice(session, notice);
  }

  async #ready(sessionId: string): Promise<Server> {
    for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await delay(POLL_MS)) {
      const server = this.#servers.get(sessionId);
      if (server?.listening) return server;
    }
    throw new AegisError('TIMEOUT', 'the data stream server is not ready', { where: sessionId });
  }

  /** Socket on which the server of a realtime session takes rows from its orchestrator. */
  directPath(sessionId: string): string {
    return `${this.#options.sockets}/r-${sessionId}.sock`;
  }

  #journalPath(sessionId: string): string {
    return `${this.#options.paths.state}/${sessionId}.journal`;
  }

  #rowsPath(sessionId: string): string {
    return `${this.#options.paths.state}/${sessionId}.rows`;
  }

  #socketPath(sessionId: string): string {
    return `${this.#options.sockets}/d-${sessionId}.sock`;
  }
}

function sendRun(server: Server, { run, topics, members, live = false }: RunStart): Promise<void> {
  return server.requests.send({ type: 'beginRun', run, topics: [...topics], members: [...members], live });
}
