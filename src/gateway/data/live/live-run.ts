import type { BusLog } from '../../../bus/log.ts';
import type { FinishAnswer, FinishRequest } from '../../../model/wire/finish.ts';
import type { LogPosition } from '../../../model/wire/live-log.ts';
import { topicSubject } from '../../../model/wire/subjects.ts';
import type { TailMessage, TailRequest } from '../../../model/wire/tail.ts';
import type { ComponentStream, Patience } from '../component-stream.ts';
import type { CurrentRun } from '../current-run.ts';
import type { ComponentStatus, DataStreamEvent } from '../events.ts';
import type { RowFormat } from '../row-format.ts';
import { newGroup, type StreamGroup } from '../stream-group.ts';
import { BehindReports } from './behind-reports.ts';
import type { DeliveredRows } from './delivered-rows.ts';
import type { Follower } from './follower.ts';
import { LiveHead } from './live-head.ts';
import { LiveMembers } from './live-members.ts';
import type { LiveMessage } from './live-message.ts';
import type { LogEnd } from './log-place.ts';
import { LogWatch } from './log-watch.ts';

export interface LiveRunOptions {
  readonly sessionId: string;
  readonly run: number;
  /** The highest epoch that is known of the run; 0 before the first. */
  readonly epoch: number;
  readonly log: BusLog;
  /** Where rows are written down before components get them; absent: nowhere. */
  readonly delivered?: DeliveredRows | undefined;
  readonly patience: Patience;
  /** What is held for a component that takes less than comes, before it reads the log by itself. Bytes, default 4 MiB. */
  readonly maxHeldBytes?: number;
  readonly onEvent: (event: DataStreamEvent) => void;
  /** An orchestrator has begun to write: it is to be remembered. */
  readonly onEpoch: (epoch: number) => void;
}

const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Nothing has come for so long: perhaps the last rows before the silence were lost on the way. */
const QUIET_MS = 1_000;

/** A component that takes part, and the first row of the merged stream that it may get. */
export interface LiveMember {
  readonly member: ComponentStream;
  readonly fromSeq: number;
}

/** One realtime run: rows go to the components as they arrive; whoever is behind reads the log. */
export class LiveRun implements CurrentRun {
  readonly run: number;
  /** Nothing is waited for: whoever comes later gets everything from its first row. */
  readonly started = true;
  finished = false;
  readonly #options: LiveRunOptions;
  readonly #head: LiveHead;
  readonly #members: LiveMembers;
  readonly #reports: BehindReports;
  readonly #watch: LogWatch;
  #topics: readonly string[] = [];
  #topicIndex: ReadonlyMap<string, number> = new Map();
  #arrivedAt = -Infinity;
  #incoming: LiveMessage[] = [];

  constructor(options: LiveRunOptions) {
    const { run, log, epoch, maxHeldBytes = MAX_HELD_BYTES } = options;
    this.run = run;
    this.#options = options;
    this.#head = new LiveHead(run, epoch, 2 * maxHeldBytes, options.delivered?.read());
    this.#reports = new BehindReports(this.#head, options.onEvent);
    const onFailed = (error: unknown): void => options.onEvent({ type: 'failed', error });
    this.#watch = new LogWatch({ log, run, onEnd: (end) => this.#onLogEnd(end), onFailed });
    this.#members = new LiveMembers({
      run,
      log,
      ring: this.#head.ring,
      maxHeldBytes,
      topicOf: (subject) => this.#topicIndex.get(subject),
      events: {
        live: (follower) => this.#onLive(follower),
        behind: (follower) => this.#reports.behind(follower),
        full: (follower) => this.#onFull(follower),
        lost: ({ id: componentId }, from, to) => options.onEvent({ type: 'rowsLost', componentId, from, to }),
        failed: onFailed,
      },
    });
  }

  /** It is known how far the stream is. */
  get known(): boolean {
    return this.#watch.known || this.#arrivedAt > -Infinity;
  }

  /** Number of the merged stream's next row. */
  get seq(): number {
    return this.#head.ring.nextSeq;
  }

  /** Time of the newest row, unix ms; undefined when this server has not seen one. */
  get ts(): number | undefined {
    return this.#head.ring.ts;
  }

  /** Every component that is waited for has taken the rows below. */
  get takenSeq(): number {
    let taken = this.seq;
    for (const { group } of this.#members.followers) taken = Math.min(taken, group.heldSeq ?? group.seq);
    return taken;
  }

  isPaced(group: StreamGroup): boolean {
    return this.#members.isPaced(group);
  }

  /** The run begins, or gets more topics at the end of its list and more components. */
  extend(topics: readonly string[], members: readonly LiveMember[]): void {
    this.#topics = topics;
    const { sessionId, patience } = this.#options;
    this.#topicIndex = new Map(topics.map((topic, index) => [topicSubject(sessionId, topic), index]));
    for (const { member: component, fromSeq } of members) {
      if (component.group !== undefined) continue;
      const group = this.#newGroup(component, fromSeq, component.formatIn(this.run));
      if (group === undefined) continue;
      component.join(this.run, group, patience);
      this.#members.add(component);
    }
    this.look();
  }

  reformat(component: ComponentStream, format: RowFormat): void {
    const fromSeq = component.group?.origin.seq;
    const group = fromSeq === undefined ? undefined : this.#newGroup(component, fromSeq, format);
    if (group === undefined) return;
    this.#members.remove(component);
    component.reformat(group);
    this.#members.add(component);
  }

  #newGroup({ topics }: ComponentStream, fromSeq: number, format: RowFormat): StreamGroup | undefined {
    return newGroup(this.#options.sessionId, { plan: this.#topics, topics, fromSeq, format });
  }

  /** A message of the session's log, whichever way it came. What comes with one read of a connection is taken together. */
  onMessage(message: LiveMessage): void {
    if (this.finished) return;
    this.#incoming.push(message);
    if (this.#incoming.length > 1) return;
    queueMicrotask(() => {
      try {
        this.#takeIncoming();
      } catch (error) {
        this.#options.onEvent({ type: 'failed', error });
      }
    });
  }

  /** Everything is written down before a component gets a part of it. */
  #takeIncoming(): void {
    const messages = this.#incoming;
    if (messages.length === 0) return;
    this.#incoming = [];
    this.#options.delivered?.keep(messages);
    for (const message of messages) this.#take(message);
    for (const follower of this.#members.followers) follower.flush();
  }

  #take(message: LiveMessage): void {
    const { epoch } = this.#head;
    const arrival = this.#head.arrive(message);
    if (this.#head.epoch > epoch) this.#options.onEpoch(this.#head.epoch);
    if (arrival.state === 'old') return;
    this.#arrivedAt = performance.now();
    if (arrival.state === 'void') this.#onVoid(arrival.from, arrival.to);
    if (arrival.state === 'gap') this.#onGap();
    if (message.at.rows === 0) return;
    for (const follower of this.#members.followers) follower.feed(message);
  }

  /** Whoever writes under this position has a successor. */
  isFenced({ run, epoch }: LogPosition): boolean {
    return run < this.run || (run === this.run && epoch < this.#head.epoch);
  }

  /** Asks the log how far it reaches: rows may have been missed that nobody will speak of. */
  look(): void {
    if (!this.finished) this.#watch.look();
  }

  /** Called some times a second. */
  tick(): void {
    if (performance.now() - this.#arrivedAt > QUIET_MS) this.look();
    this.#members.merge();
    for (const follower of this.#members.followers) this.#reports.check(follower);
  }

  /** The component has a connection; see {@link LiveMembers.returned}. */
  returned(component: ComponentStream, behind: boolean): void {
    this.#members.returned(component, behind);
  }

  /** The kernel has taken bytes of it, or one of its connections has gone. */
  released(component: ComponentStream): void {
    this.#members.followerOf(component)?.release();
  }

  /** It is waited for no longer; when it comes back it gets what it has missed. */
  giveUp(component: ComponentStream): void {
    this.#members.leave(component);
  }

  remove(component: ComponentStream): void {
    this.#members.remove(component);
  }

  statusOf(component: ComponentStream): ComponentStatus {
    const { status } = component;
    const follower = this.#members.followerOf(component);
    if (follower?.live === true || component.group === undefined) return status;
    if (follower === undefined) {
      const { seq } = component.near ?? component.point;
      return { ...status, lagRows: Math.max(0, this.seq - seq), lagMs: 0 };
    }
    const { rows, ms } = this.#reports.lagOf(follower, component);
    return { ...status, lagRows: rows, lagMs: ms };
  }

  /** The stream ends after `rows` rows: done when everyone who is there, or may come back, has taken them. */
  finish({ run, epoch, rows }: FinishRequest): FinishAnswer {
    this.#takeIncoming();
    if (run > this.run) return { state: 'wait' };
    if (run < this.run || epoch < this.#head.epoch) return { state: 'fenced' };
    if (this.finished) return { state: 'done', components: this.#members.results() };
    if (rows > this.seq) {
      this.look();
      return { state: 'wait' };
    }
    if (rows < this.seq) {
      const to = this.seq - 1;
      this.#head.cut(rows);
      this.#onVoid(rows, to);
    }
    if (this.#awaits(rows)) return { state: 'wait' };
    this.finished = true;
    return { state: 'done', components: this.#members.results() };
  }

  /** See {@link LiveHead.tail}. */
  tail(request: TailRequest): Iterable<TailMessage> {
    this.#takeIncoming();
    return this.#head.tail(request);
  }

  close(): void {
    this.#incoming = [];
    this.#watch.close();
    this.#members.close();
  }

  #awaits(rows: number): boolean {
    const now = performance.now();
    for (const { group, members } of this.#members.followers) {
      if (group.seq < rows) continue;
      group.end();
      for (const member of members) {
        member.leaveBeyondEnd();
        for (const connection of member.connections) connection.pump();
      }
    }
    return [...this.#members].some((member) => {
      if (!member.paces) return false;
      const group = this.#members.followerOf(member)?.group;
      return group?.total === undefined || member.taken < group.bytes || member.owesAck(now);
    });
  }

  #onLogEnd(end: LogEnd): void {
    const { epoch } = this.#head;
    const missed = this.#head.reach(end);
    if (this.#head.epoch > epoch) this.#options.onEpoch(this.#head.epoch);
    if (missed) this.#onGap();
  }

  #onGap(): void {
    for (const follower of this.#members.followers) {
      if (follower.live && follower.group.seq < this.#head.ring.firstSeq) follower.start();
    }
  }

  #onVoid(from: number, to: number): void {
    const componentIds: string[] = [];
    for (const { group, members } of this.#members.followers) {
      if (group.seq <= from) continue;
      group.jump(from);
      for (const member of members) {
        member.lose();
        member.notice({ kind: 'void', from, to });
        componentIds.push(member.id);
      }
    }
    this.#options.onEvent({ type: 'rowsVoid', componentIds, from, to });
  }

  #onLive(follower: Follower): void {
    this.#reports.live(follower);
    this.#members.merge();
  }

  #onFull(follower: Follower): void {
    const { slow } = follower;
    for (const member of slow) {
      if (member.connections.size === 0) {
        this.#members.leave(member);
        continue;
      }
      this.#reports.slow(member);
      // The last one stays: it is slow by itself.
      if (follower.members.size > 1) this.#members.split(member);
      else if (follower.live) follower.start();
    }
  }
}
