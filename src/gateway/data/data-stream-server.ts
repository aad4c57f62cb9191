import type { Socket } from 'node:net';
import type { Bus, BusMessage, Subscription } from '../../bus/bus.ts';
import { AegisError } from '../../model/errors.ts';
import { fullTopic } from '../../model/topic.ts';
import { decodeClock } from '../../model/wire/clock.ts';
import {
  type ComponentResult,
  decodeFinishRequest,
  encodeFinishAnswer,
  type FinishAnswer,
  type FinishRequest,
} from '../../model/wire/finish.ts';
import {
  decodePositionRequest,
  encodeCredit,
  encodePositionAnswer,
  encodeRewind,
  type PositionAnswer,
  type PositionRequest,
} from '../../model/wire/flow.ts';
import { type SessionSubjects, sessionSubjects, topicSubject } from '../../model/wire/subjects.ts';
import { Assembler } from './assembler.ts';
import { ComponentStream } from './component-stream.ts';
import { DataConnection, MAX_WRITE_BYTES } from './data-connection.ts';
import { DataSocket } from './data-socket.ts';
import type { ComponentStatus, DataStreamEvent, DataStreamStatus } from './events.ts';
import { FeedAuthority } from './feed-authority.ts';
import { acceptance, type Handshake } from './handshake.ts';
import { Journal } from './journal.ts';
import { TopicGroup } from './topic-group.ts';

export interface DataStreamServerOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly socketPath: string;
  readonly journalPath: string;
  /** How long the start waits for a component's data connection, ms. */
  readonly dataGraceMs: number;
  /** How long the clock is held for a component that has lost its data connection, ms. */
  readonly dataReconnectMs: number;
  /** A component that takes nothing for so long is reported as slow. Default 5 000. */
  readonly slowAfterMs?: number;
  readonly onEvent: (event: DataStreamEvent) => void;
}

export interface BeginRun {
  readonly run: number;
  /** Short topics in the order of the plan. */
  readonly topics: readonly string[];
  /** Ids of the components that take part; others keep their connection, in silence. */
  readonly expected: readonly string[];
}

interface Run extends BeginRun {
  readonly assembler: Assembler;
  readonly topicIndex: ReadonlyMap<string, number>;
  readonly groups: readonly TopicGroup[];
}

const TICK_MS = 250;
/** A slice that is torn again and again is a defect, not a lost message. */
const MAX_REWINDS_WITHOUT_PROGRESS = 20;

/** Delivers a session's stream to its components' data connections. The authority for positions; see docs/stream.md. */
export class DataStreamServer {
  readonly #options: DataStreamServerOptions;
  readonly #subjects: SessionSubjects;
  readonly #journal: Journal;
  readonly #authority: FeedAuthority;
  readonly #socket: DataSocket;
  readonly #components = new Map<string, ComponentStream>();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #run: Run | undefined;
  /** Every component is there or given up: rows may flow. */
  #started = false;
  #finished = false;
  #closed = false;
  /** Number of the next row that must arrive. */
  #expectedSeq = 0;
  #creditedSeq = 0;
  #rewinds = 0;

  constructor(options: DataStreamServerOptions) {
    this.#options = options;
    this.#subjects = sessionSubjects(options.sessionId);
    this.#journal = new Journal(options.journalPath);
    this.#authority = new FeedAuthority(this.#journal);
    this.#socket = new DataSocket({
      path: options.socketPath,
      sessionId: options.sessionId,
      accept: (handshake, socket) => this.#accept(handshake, socket),
    });
  }

  /** Listens on the data socket and on the session's subjects. */
  async listen(): Promise<void> {
    await this.#socket.listen();
    const { bus } = this.#options;
    this.#subscription = bus.subscribe(this.#subjects.all, (message) => this.#guarded(() => this.#onMessage(message)));
    bus.onStatus((status) => {
      if (status === 'up' && this.#started) this.#guarded(() => this.#resync());
    });
    await bus.flush();
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
    component.leave();
    for (const connection of component.connections) connection.close();
    this.#afterChange();
  }

  /** Throws INVALID_SPEC when a component is not known. The same run again changes nothing. */
  beginRun({ run, topics, expected }: BeginRun): void {
    if (this.#run?.run === run) return;
    const groups = new Map<string, TopicGroup>();
    const members = expected.map((id) => this.#known(id));
    this.#endRun();
    this.#authority.beginRun(run);
    for (const member of members) {
      const indices = topics.flatMap((topic, index) => (member.topics.includes(topic) ? [index] : []));
      if (indices.length === 0) continue;
      const key = indices.join();
      const group = groups.get(key) ?? new TopicGroup(indices, topics.length);
      groups.set(key, group);
      this.#join(member, run, group);
    }
    const { sessionId } = this.#options;
    this.#run = {
      run,
      topics,
      expected,
      assembler: new Assembler(topics.length),
      topicIndex: new Map(topics.map((topic, index) => [topicSubject(sessionId, topic), index])),
      groups: [...groups.values()],
    };
    this.#afterChange();
  }

  /**
   * Ends the run here and the data connections of every component; what the kernel has taken still reaches them. A run
   * that was not finished goes on with `beginRun` of the same number.
   */
  closeDataConnections(): void {
    this.#endRun();
    this.#run = undefined;
    for (const component of this.#components.values()) {
      for (const connection of component.connections) connection.close();
    }
  }

  get status(): DataStreamStatus {
    return {
      run: this.#run?.run ?? 0,
      epoch: this.#authority.epoch,
      seq: this.#expectedSeq,
      credited: this.#creditedSeq,
      started: this.#started,
      finished: this.#finished,
      components: [...this.#components.values()].map(componentStatus),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#subscription?.close();
    await this.#socket.close();
    this.#journal.close();
  }

  #known(id: string): ComponentStream {
    const component = this.#components.get(id);
    if (component !== undefined) return component;
    throw new AegisError('INVALID_SPEC', `component "${id}" is not known to the data stream server`);
  }

  #endRun(): void {
    for (const component of this.#components.values()) {
      // A line of the old run must not be completed by the new one.
      for (const connection of component.connections) if (connection.insideLine) connection.close();
      component.leave();
    }
    this.#started = false;
    this.#finished = false;
    this.#expectedSeq = 0;
    this.#creditedSeq = 0;
    this.#rewinds = 0;
  }

  #join(member: ComponentStream, run: number, group: TopicGroup): void {
    const returning = member.join(run, group);
    const { dataGraceMs, dataReconnectMs } = this.#options;
    if (member.connections.size > 0) member.presence = { state: 'connected' };
    else if (returning) member.presence = { state: 'lost', deadline: performance.now() + dataReconnectMs };
    else member.presence = { state: 'awaited', deadline: performance.now() + dataGraceMs };
  }

  #accept({ componentId, received }: Handshake, socket: Socket): string | undefined {
    const component = this.#components.get(componentId);
    if (component === undefined) return 'unknown component_id';
    if (component.topics.length === 0) return 'no topics for component';
    const topics = component.topics.map((topic) => fullTopic(this.#options.sessionId, topic));
    const connection = new DataConnection(socket, acceptance(topics), {
      progress: ({ sent }) => {
        component.progress(sent, performance.now());
        this.#guarded(() => this.#release());
      },
      closed: (closed) => {
        component.connections.delete(closed);
        this.#guarded(() => this.#onLost(component));
      },
    });
    const deliveredBefore = component.delivered;
    const wasAbsent = component.group !== undefined && component.presence.state === 'absent';
    if (received !== undefined && !this.#finished) component.correct(received, MAX_WRITE_BYTES);
    const wasBehind = component.delivered < deliveredBefore;
    component.connected(connection);
    component.progressAt = performance.now();
    // Its stream stopped at its own position: everyone goes back there, and it alone gets what it has missed.
    if ((wasAbsent || wasBehind) && this.#started && !this.#finished) this.#restart();
    this.#afterChange();
    return undefined;
  }

  #onLost(component: ComponentStream): void {
    if (this.#closed) return;
    // The slowest of its connections may have been this one.
    this.#release();
    if (component.connections.size > 0 || component.presence.state !== 'connected' || this.#finished) return;
    const { dataGraceMs, dataReconnectMs } = this.#options;
    component.presence = this.#started
      ? { state: 'lost', deadline: performance.now() + dataReconnectMs }
      : { state: 'awaited', deadline: performance.now() + dataGraceMs };
  }

  /** Lets the stream begin, or go on, when nothing holds it any longer. */
  #afterChange(): void {
    if (this.#run === undefined) return;
    if (this.#started) {
      this.#release();
      return;
    }
    if ([...this.#components.values()].some(({ holdsStart }) => holdsStart)) return;
    this.#started = true;
    this.#restart();
  }

  /** Begins again at the lowest point that a pacing component needs; nobody gets a row twice. */
  #restart(): void {
    const { groups = [] } = this.#run ?? {};
    const points = groups.flatMap((group) => {
      const members = this.#pacing(group);
      const [first] = members;
      if (first === undefined) return [];
      const point = members.reduce((least, { point }) => (point.seq < least.seq ? point : least), first.point);
      group.restart(point);
      return [point.seq];
    });
    // With nobody to deliver to the stream runs through, from where it is.
    this.#expectedSeq = points.length === 0 ? this.#expectedSeq : Math.min(...points);
    this.#creditedSeq = this.#expectedSeq;
    this.#resync();
  }

  /** Asks for everything from the next row on, under a new epoch: whatever is on its way is dropped. */
  #resync(): void {
    this.#run?.assembler.clear();
    if (this.#authority.feed === undefined) return;
    this.#authority.raiseEpoch();
    const { epoch, feed } = this.#authority;
    this.#options.bus.publish(this.#subjects.rewind, encodeRewind({ ...feed, epoch, fromSeq: this.#expectedSeq }));
  }

  #onMessage(message: BusMessage): void {
    const topic = this.#run?.topicIndex.get(message.subject);
    if (topic !== undefined) {
      if (this.#started && message.epoch === this.#authority.epoch) this.#run?.assembler.add(topic, message.payload);
      return;
    }
    switch (message.subject) {
      case this.#subjects.clock:
        this.#onClock(message.payload);
        return;
      case this.#subjects.position:
        message.respond(encodePositionAnswer(this.#position(decodePositionRequest(message.payload))));
        return;
      case this.#subjects.finish:
        message.respond(encodeFinishAnswer(this.#finish(decodeFinishRequest(message.payload))));
    }
  }

  #onClock(payload: Uint8Array): void {
    if (this.#run === undefined || !this.#started) return;
    const clock = decodeClock(payload);
    if (clock.epoch !== this.#authority.epoch) return;
    const slice = this.#run.assembler.close(clock, this.#expectedSeq);
    if (slice === undefined) {
      this.#onGap();
      return;
    }
    this.#rewinds = 0;
    this.#expectedSeq += clock.rows;
    const now = performance.now();
    for (const group of this.#run.groups) {
      if (this.#pacing(group).length > 0) group.take(slice);
    }
    for (const component of this.#components.values()) {
      if (component.group?.heldSeq === clock.firstSeq) component.progressAt = now;
      for (const connection of component.connections) connection.pump();
    }
    this.#release();
  }

  #onGap(): void {
    this.#rewinds += 1;
    if (this.#rewinds > MAX_REWINDS_WITHOUT_PROGRESS) {
      throw new AegisError('STREAM_FAILED', `row ${this.#expectedSeq} did not arrive in ${this.#rewinds} attempts`);
    }
    this.#resync();
  }

  #position(request: PositionRequest): PositionAnswer {
    const run = this.#run;
    if (run === undefined || request.run > run.run) return { state: 'wait', why: 'the run has not begun here' };
    if (this.#authority.claims(request)) this.#authority.grant(request);
    else if (this.#authority.isFenced(request)) return { state: 'fenced' };
    if (!this.#started) {
      const awaited = [...this.#components.values()].flatMap(({ id, holdsStart }) => (holdsStart ? [id] : []));
      return { state: 'wait', why: `data connections are awaited of ${awaited.join(', ')}` };
    }
    const nothingLost = request.epoch === this.#authority.epoch && request.nextSeq === this.#expectedSeq;
    if (!nothingLost) {
      if (request.epoch !== 0) this.#authority.raiseEpoch();
      run.assembler.clear();
    }
    return {
      state: 'ready',
      epoch: this.#authority.epoch,
      fromSeq: this.#expectedSeq,
      credit: this.#creditedSeq,
      floor: this.#floor(),
    };
  }

  #finish(request: FinishRequest): FinishAnswer {
    const run = this.#run;
    if (run === undefined || request.run > run.run) return { state: 'wait' };
    if (this.#authority.isFenced(request)) return { state: 'fenced' };
    if (!this.#started || request.epoch !== this.#authority.epoch) return { state: 'wait' };
    if (request.rows !== this.#expectedSeq) {
      this.#onGap();
      return { state: 'wait' };
    }
    if (this.#creditedSeq < this.#expectedSeq) return { state: 'wait' };
    this.#finished = true;
    const results = run.expected.flatMap((id) => {
      const component = this.#components.get(id);
      return component?.group === undefined ? [] : [[id, componentResult(component, component.group)] as const];
    });
    return { state: 'done', components: Object.fromEntries(results) };
  }

  /** Forgets what everyone has taken, writes down how far they are, and gives credit for it. */
  #release(): void {
    const run = this.#run;
    if (run === undefined || !this.#started) return;
    let taken = this.#expectedSeq;
    for (const group of run.groups) {
      const members = this.#pacing(group);
      if (members.length === 0) continue;
      const released = group.release(Math.min(...members.map((member) => member.taken)));
      const last = released.at(-1);
      const point = released.findLast((slice) => slice.point !== undefined)?.point;
      for (const member of members) {
        if (last !== undefined) member.rows = last.rowsAtEnd;
        if (point !== undefined) member.moveTo(point);
      }
      taken = Math.min(taken, group.heldSeq ?? taken);
    }
    if (taken <= this.#creditedSeq) return;
    this.#creditedSeq = taken;
    const credit = encodeCredit({ epoch: this.#authority.epoch, seq: taken, floor: this.#floor() });
    this.#options.bus.publish(this.#subjects.credit, credit);
  }

  /** The lowest position that a rewind may name. */
  #floor(): number {
    const points = [...this.#components.values()].filter(({ paces }) => paces).map(({ point }) => point.seq);
    return Math.min(this.#expectedSeq, ...points);
  }

  #pacing(group: TopicGroup): ComponentStream[] {
    return [...this.#components.values()].filter((component) => component.group === group && component.paces);
  }

  #tick(): void {
    const now = performance.now();
    for (const component of this.#components.values()) {
      for (const connection of component.connections) connection.probe();
      if (component.group === undefined || this.#finished) continue;
      this.#checkDeadline(component, now);
      this.#checkPace(component, component.group, now);
    }
  }

  #checkDeadline(component: ComponentStream, now: number): void {
    const { presence, id } = component;
    if (presence.state !== 'awaited' && presence.state !== 'lost') return;
    if (now < presence.deadline) return;
    component.presence = { state: 'absent' };
    this.#options.onEvent({ type: presence.state === 'lost' ? 'dataLost' : 'dataAbsent', componentId: id });
    this.#afterChange();
  }

  #checkPace(component: ComponentStream, group: TopicGroup, now: number): void {
    const stalled = component.presence.state === 'connected' && component.taken < group.bytes;
    const slow = stalled && now - component.progressAt > (this.#options.slowAfterMs ?? 5_000);
    if (slow && !component.slow) {
      const since = Date.now() - Math.round(now - component.progressAt);
      this.#options.onEvent({ type: 'slow', componentId: component.id, since });
    }
    component.slow = slow;
  }

  /** A failure here must reach whoever started the server; a callback of the bus or a socket has nobody to throw to. */
  #guarded(work: () => void): void {
    if (this.#closed) return;
    try {
      work();
    } catch (error) {
      this.#options.onEvent({ type: 'failed', error });
    }
  }
}

function componentStatus(component: ComponentStream): ComponentStatus {
  const { id, group, presence, connections, rows, delivered, slow } = component;
  return {
    componentId: id,
    presence: group === undefined ? 'idle' : presence.state,
    connections: connections.size,
    rows,
    bytes: delivered,
    lagRows: component.paces && group !== undefined ? group.rows - rows : 0,
    slow,
  };
}

function componentResult(component: ComponentStream, group: TopicGroup): ComponentResult {
  const { rows, delivered: bytes } = component;
  const complete = component.paces && bytes === group.bytes;
  return complete ? { rows: group.rows, bytes, hash: group.hash } : { rows, bytes };
}
