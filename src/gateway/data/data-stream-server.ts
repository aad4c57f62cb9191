import type { Socket } from 'node:net';
import type { Bus, BusMessage } from '../../bus/bus.ts';
import { AegisError } from '../../model/errors.ts';
import type { StreamBorder } from '../../model/wire/data-stream-process.ts';
import type { DirectMessage } from '../../model/wire/direct-message.ts';
import type { FinishAnswer, FinishRequest } from '../../model/wire/finish.ts';
import type { PositionAnswer, PositionRequest } from '../../model/wire/flow.ts';
import type { TailMessage, TailRequest } from '../../model/wire/tail.ts';
import { admit } from './admission.ts';
import { ComponentStream } from './component-stream.ts';
import type { ConnectionEvents } from './data-connection.ts';
import { DataSocket } from './data-socket.ts';
import type { DataStreamEvent, DataStreamStatus } from './events.ts';
import { FeedAuthority } from './feed-authority.ts';
import type { Handshake } from './handshake.ts';
import { Journal } from './journal.ts';
import { DeliveredRows } from './live/delivered-rows.ts';
import { DirectListener } from './live/direct-listener.ts';
import { LiveHead } from './live/live-head.ts';
import { LiveRun } from './live/live-run.ts';
import { RecordedFeed } from './recorded-feed.ts';
import { StreamLink } from './stream-link.ts';
import { liveProgress, recordedProgress } from './stream-progress.ts';
import type { BeginRun } from './stream-run.ts';
import { giveUpLate, reportStall } from './watch.ts';

export interface DataStreamServerOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly socketPath: string;
  /** Socket on which orchestrators hand over the rows of a realtime run; default: rows come over NATS alone. */
  readonly directPath?: string;
  readonly journalPath: string;
  /** Folder for the newest rows of a realtime run: they outlive this process. Absent: they do not. */
  readonly rowsPath?: string;
  /** How long the start waits for a component's data connection, ms. */
  readonly dataGraceMs: number;
  /** How long the clock is held for a component that has lost its data connection, ms. */
  readonly dataReconnectMs: number;
  /** A component that takes nothing for so long is reported as slow. Default 5 000. */
  readonly slowAfterMs?: number;
  /** Realtime: what is held for a component that takes less than comes, before it falls behind. Bytes, default 4 MiB. */
  readonly maxHeldBytes?: number;
  readonly onEvent: (event: DataStreamEvent) => void;
}

const TICK_MS = 250;

/** Delivers a session's stream to its components' data connections. The authority for positions; see docs/stream.md. */
export class DataStreamServer {
  readonly #options: DataStreamServerOptions;
  readonly #journal: Journal;
  readonly #authority: FeedAuthority;
  readonly #socket: DataSocket;
  readonly #link: StreamLink;
  readonly #direct: DirectListener | undefined;
  readonly #delivered: DeliveredRows | undefined;
  /** At most one of the two has a run. */
  readonly #recorded: RecordedFeed;
  #live: LiveRun | undefined;
  readonly #components = new Map<string, ComponentStream>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DataStreamServerOptions) {
    this.#options = options;
    this.#journal = new Journal(options.journalPath);
    this.#authority = new FeedAuthority(this.#journal);
    this.#socket = new DataSocket({
      path: options.socketPath,
      sessionId: options.sessionId,
      accept: (handshake, socket, rest) => this.#accept(handshake, socket, rest),
    });
    this.#link = new StreamLink(options.bus, options.sessionId, {
      lines: (message) => this.#guarded(() => this.#onLines(message)),
      columns: (message) => this.#recorded.onColumns(message),
      clock: (clock) => this.#guarded(() => this.#recorded.onClock(clock)),
      position: (request) => this.#onPosition(request),
      finish: (request) => this.#guarded(() => this.#onFinish(request)) ?? { state: 'wait' },
      tail: (request) => this.#guarded(() => this.#onTail(request)) ?? [],
      warning: (text) => options.onEvent({ type: 'warning', text }),
    });
    const { sessionId } = options;
    this.#recorded = new RecordedFeed({ sessionId, authority: this.#authority, link: this.#link, patience: options });
    this.#delivered = options.rowsPath === undefined ? undefined : new DeliveredRows({ folder: options.rowsPath });
    this.#direct = options.directPath === undefined ? undefined : this.#listenDirectly(options.directPath);
  }

  /** Listens on the data socket and on the session's subjects. */
  async listen(): Promise<void> {
    await this.#socket.listen();
    await this.#direct?.listen();
    this.#options.bus.onStatus((status) => {
      if (status === 'up') this.#guarded(() => this.#onReconnected());
    });
    await this.#link.open();
    this.#timer = setInterval(() => this.#guarded(() => this.#tick()), TICK_MS);
  }

  /** From now on the component's handshake is accepted. Another list of topics counts from the next run on. */
  setComponent(id: string, topics: readonly string[]): void {
    const known = this.#components.get(id);
    if (known === undefined) this.#components.set(id, new ComponentStream(id, topics, this.#journal));
    else known.topics = topics;
  }

  /** Forgets a component; the stream waits for it no longer. */
  removeComponent(id: string): void {
    const component = this.#components.get(id);
    if (component === undefined) return;
    this.#components.delete(id);
    this.#recorded.run?.remove(component);
    this.#live?.remove(component);
    component.leave();
    for (const connection of component.connections) connection.close();
    this.#recorded.goOn();
  }

  /**
   * Begins a run, or gives the running one the topics and members that it has not had. A component that is not known has
   * ended meanwhile: nobody waits for it.
   */
  beginRun({ run, topics, members, live = false }: BeginRun): void {
    const known = members.flatMap(({ id, fromSeq }) => this.#known(id).map((member) => ({ member, fromSeq })));
    if (live) {
      const current = this.#live?.run === run ? this.#live : this.#newLiveRun(run);
      current.extend(topics, known);
      return;
    }
    if (this.#recorded.run?.run !== run) {
      this.#endRun();
      this.#recorded.begin(run);
    }
    this.#recorded.extend(topics, known);
  }

  /**
   * Stops the stream where its plan may change; the next `beginRun` lets it flow again. Throws INTERNAL for a realtime run:
   * that is extended while it flows.
   */
  freeze(run: number): StreamBorder {
    if (this.#live !== undefined) throw new AegisError('INTERNAL', 'a realtime stream is not frozen to be extended');
    return this.#recorded.freeze(run);
  }

  /**
   * Ends the run here and the data connections of every component; what the kernel has taken still reaches them. A run
   * that was not finished goes on with `beginRun` of the same number.
   */
  closeDataConnections(): void {
    this.#endRun();
    for (const component of this.#components.values()) {
      for (const connection of component.connections) connection.close();
    }
  }

  get status(): DataStreamStatus {
    const live = this.#live;
    return {
      ...(live === undefined ? recordedProgress(this.#recorded.run) : liveProgress(live)),
      epoch: this.#authority.epoch,
      unreadable: this.#link.unreadable,
      components: [...this.#components.values()].map((component) => live?.statusOf(component) ?? component.status),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#recorded.end();
    this.#link.close();
    this.#live?.close();
    await this.#direct?.close();
    await this.#socket.close();
    this.#delivered?.close();
    this.#journal.close();
  }

  /** None for one that has ended while the run was about to begin. */
  #known(id: string): ComponentStream[] {
    const component = this.#components.get(id);
    if (component === undefined)
      this.#options.onEvent({ type: 'warning', text: `component ${id} is not there any more` });
    return component === undefined ? [] : [component];
  }

  #newLiveRun(run: number): LiveRun {
    this.#endRun();
    this.#authority.beginRun(run);
    const { bus, sessionId, maxHeldBytes, onEvent } = this.#options;
    this.#live = new LiveRun({
      sessionId,
      run,
      epoch: this.#authority.logEpoch,
      log: bus.log(sessionId),
      delivered: this.#delivered,
      patience: this.#options,
      ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
      onEvent,
      onEpoch: (epoch) => this.#authority.followLog(epoch),
    });
    return this.#live;
  }

  #endRun(): void {
    for (const component of this.#components.values()) {
      // A line of the old run must not be completed by the new one.
      for (const connection of component.connections) if (connection.insideLine) connection.close();
      component.leave();
    }
    this.#recorded.end();
    this.#live?.close();
    this.#live = undefined;
  }

  #accept(handshake: Handshake, socket: Socket, rest: Buffer): string | undefined {
    const component = this.#components.get(handshake.componentId);
    if (component === undefined) return 'unknown component_id';
    const { sessionId } = this.#options;
    const { run } = this.#recorded;
    const events = this.#eventsOf(component);
    const admission = admit(component, handshake, socket, { sessionId, run: run ?? this.#live, events });
    if ('refused' in admission) return admission.refused;
    this.#live?.returned(component, admission.behind);
    if (admission.behind && run !== undefined) this.#recorded.goBackFor(component);
    admission.connection.read(rest);
    this.#recorded.goOn();
    return undefined;
  }

  #eventsOf(component: ComponentStream): ConnectionEvents {
    return {
      progress: (connection, before) => {
        component.progress(before, connection, performance.now());
        this.#guarded(() => (this.#live === undefined ? this.#recorded.release() : this.#live.released(component)));
      },
      began: (connection) => component.began(connection),
      found: (row, offset) => component.found(row, offset),
      acked: (seq) => this.#guarded(() => component.ack(seq, performance.now())),
      violated: (problem) => {
        this.#options.onEvent({ type: 'warning', text: `data connection of ${component.id} closed: ${problem}` });
      },
      closed: (connection) => {
        component.connections.delete(connection);
        this.#guarded(() => this.#onLost(component));
      },
    };
  }

  #onLost(component: ComponentStream): void {
    if (this.#closed) return;
    const { run } = this.#recorded;
    const live = this.#live;
    if (run !== undefined && !run.finished) component.disconnected(run.started, this.#options);
    if (live !== undefined && !live.finished) component.disconnected(true, this.#options);
    // The slowest of its connections may have been this one.
    this.#recorded.release();
    live?.released(component);
  }

  #onReconnected(): void {
    this.#recorded.resync();
    this.#live?.look();
  }

  #onPosition(request: PositionRequest): PositionAnswer {
    if (this.#live === undefined) return this.#recorded.onPosition(request);
    if (request.run < this.#live.run) return { state: 'fenced' };
    return { state: 'wait', why: 'the run is a realtime one' };
  }

  #onFinish(request: FinishRequest): FinishAnswer {
    return this.#live === undefined ? this.#recorded.onFinish(request) : this.#live.finish(request);
  }

  /** Before the run has begun here, rows of it may have been delivered by a process before this one. */
  #onTail(request: TailRequest): Iterable<TailMessage> {
    if (this.#live !== undefined) return this.#live.tail(request);
    return new LiveHead(request.run, 0, Infinity, this.#delivered?.read()).tail(request);
  }

  #onLines(message: BusMessage): void {
    if (this.#live === undefined) {
      this.#recorded.onLines(message);
      return;
    }
    const { subject, payload, at } = message;
    if (at !== undefined) this.#live.onMessage({ subject, payload, at });
  }

  #listenDirectly(path: string): DirectListener {
    return new DirectListener({
      path,
      onMessage: (message) => this.#guarded(() => this.#onDirect(message)) ?? false,
      onAlone: () => this.#guarded(() => this.#onDirectLost()),
      onWarning: (text) => this.#options.onEvent({ type: 'warning', text }),
    });
  }

  #onDirect(message: DirectMessage): boolean {
    const live = this.#live;
    if (live?.isFenced(message.at) === true) return false;
    live?.onMessage(message);
    if (live !== undefined) this.#link.leaveRows();
    return true;
  }

  /** Rows that came over NATS in between are found in the log. */
  #onDirectLost(): void {
    this.#link.takeRows();
    this.#live?.look();
  }

  #tick(): void {
    const { onEvent, slowAfterMs = 5_000 } = this.#options;
    const now = performance.now();
    const live = this.#live;
    for (const component of this.#components.values()) {
      for (const connection of component.connections) connection.probe();
      if (component.group === undefined || (this.#recorded.run ?? live)?.finished === true) continue;
      if (giveUpLate(component, now, onEvent)) {
        this.#recorded.goOn();
        live?.giveUp(component);
      }
      reportStall(component, now, slowAfterMs, onEvent);
    }
    live?.tick();
    // Live rows wait for nobody, but history that comes before them goes at the pace of its readers.
    if (live !== undefined) this.#link.credit({ epoch: this.#authority.epoch, seq: live.takenSeq, floor: 0 });
  }

  /** A failure here must reach whoever started the server; a callback of the bus or a socket has nobody to throw to. */
  #guarded<T>(work: () => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return work();
    } catch (error) {
      this.#options.onEvent({ type: 'failed', error });
      return undefined;
    }
  }
}
