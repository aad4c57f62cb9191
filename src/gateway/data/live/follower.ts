import { setTimeout as delay } from 'node:timers/promises';
import type { BusLog } from '../../../bus/log.ts';
import { AegisError } from '../../../model/errors.ts';
import type { ComponentStream } from '../component-stream.ts';
import { endOfHeld, type StreamGroup } from '../stream-group.ts';
import { endOf, type LiveMessage, linesFrom } from './live-message.ts';
import type { LiveRing } from './live-ring.ts';
import { placeOf } from './log-place.ts';
import { stretchesOf } from './log-stretches.ts';
import { passMissing } from './missing-rows.ts';

/** What all followers of a run share. */
export interface FollowerContext {
  readonly run: number;
  readonly log: BusLog;
  readonly ring: LiveRing;
  /** More than so much, sent by nobody's fault but a component's own, is read again from the log. Bytes. */
  readonly maxHeldBytes: number;
  /** Index in the plan of the topic whose rows travel on `subject`. */
  readonly topicOf: (subject: string) => number | undefined;
  readonly events: FollowerEvents;
}

export interface FollowerEvents {
  /** It has reached the newest rows. */
  live(follower: Follower): void;
  /** It reads the log from now on. */
  behind(follower: Follower): void;
  /** Its components take less than comes. */
  full(follower: Follower): void;
  /** The log has dropped rows of the merged stream that the component had not taken. */
  lost(component: ComponentStream, from: number, to: number): void;
  failed(error: unknown): void;
}

/** Between two attempts when the log does not have what is needed, or NATS is away. */
const RETRY_MS = 50;
/** An empty log is believed to have dropped everything, and not to be late, after so long. */
const EMPTY_MS = 1_000;

/**
 * One stream of a set of topics and the components that take it together. It is `live` and takes what arrives, or `behind`
 * and reads the log at the pace of its components until it has reached what arrives. The start of a run, a gap, a server or
 * NATS that was restarted, a component that comes back or asks for earlier rows: all of them are "behind".
 */
export class Follower {
  readonly group: StreamGroup;
  readonly members = new Set<ComponentStream>();
  readonly #context: FollowerContext;
  #reading: AbortController | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #emptySince: number | undefined;
  #closed = false;

  constructor(group: StreamGroup, context: FollowerContext) {
    this.group = group;
    this.#context = context;
  }

  get live(): boolean {
    return this.#reading === undefined && !this.#closed;
  }

  /** None of its components holds up the others. */
  get hasRoom(): boolean {
    return this.group.heldBytes <= this.#context.maxHeldBytes / 2;
  }

  /** Takes a component in, whose group is or becomes the follower's. */
  join(component: ComponentStream): void {
    this.members.add(component);
    // Whoever waits for room looks again who it is that has none.
    this.#room?.resolve();
  }

  /** Goes on where its group is: live at once when that is possible, otherwise from the log. */
  start(): void {
    if (this.#closed || this.#reading !== undefined || this.#reachLive()) return;
    const reading = new AbortController();
    this.#reading = reading;
    this.#context.events.behind(this);
    this.#catchUp(reading.signal).catch((error: unknown) => {
      if (!reading.signal.aborted) this.#context.events.failed(error);
    });
  }

  /** Takes nothing any more. */
  close(): void {
    this.#closed = true;
    this.#stopReading();
  }

  /** A message that has just arrived, and is in the ring. Written with the next {@link flush}. */
  feed(message: LiveMessage): void {
    if (this.live) this.#take(message);
  }

  /** Writes what has arrived; one that was behind is live again when it has come so far. */
  flush(): void {
    if (this.#reading !== undefined) {
      if (this.#reachLive()) this.#becomeLive();
      return;
    }
    this.pump();
    if (this.group.heldBytes > this.#context.maxHeldBytes) this.#context.events.full(this);
  }

  /** Writes to every connection what it can take. */
  pump(): void {
    for (const member of this.members) for (const connection of member.connections) connection.pump();
    // What everyone has had before is only hashed again: nobody takes it.
    this.release();
  }

  /** Forgets what every component has taken and writes down how far they are. */
  release(): void {
    let taken = this.group.bytes;
    for (const member of this.members) taken = Math.min(taken, member.taken);
    const released = this.group.release(taken);
    const last = released.at(-1);
    if (last === undefined) return;
    const point = released.findLast((slice) => slice.point !== undefined)?.point;
    const near = {
      seq: this.group.heldSeq ?? this.group.seq,
      bytes: endOfHeld(last),
      rows: last.rowsAtEnd,
    };
    for (const member of this.members) {
      member.tookRows(last.rowsAtEnd);
      if (point !== undefined) member.moveTo(point);
      member.passed({ ...near, hash: undefined });
    }
    this.#room?.resolve();
  }

  /** The members that hold more than half of what may be held, the slowest first: at least that one. */
  get slow(): ComponentStream[] {
    const limit = this.#context.maxHeldBytes / 2;
    const bySpeed = [...this.members].sort((one, other) => one.taken - other.taken);
    // What is held begins with a slice that the slowest may have taken in part: it is why there is no room, even so.
    return bySpeed.filter(({ taken }, place) => place === 0 || this.group.heldAfter(taken) > limit);
  }

  /** What is missing is in the ring. */
  get #near(): boolean {
    return this.group.seq >= this.#context.ring.firstSeq;
  }

  /** Takes the newest rows when it has everything before them. False when its components have no room for all of them. */
  #reachLive(): boolean {
    if (!this.#near) return false;
    for (const message of this.#context.ring.from(this.group.seq)) {
      if (!this.hasRoom) this.pump();
      if (!this.hasRoom) return false;
      this.#take(message);
    }
    this.pump();
    return this.hasRoom;
  }

  #becomeLive(): void {
    this.#stopReading();
    this.#context.events.live(this);
  }

  #stopReading(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.#room?.resolve();
  }

  #take(message: LiveMessage): void {
    const { group } = this;
    const end = endOf(message);
    if (end <= group.seq) return;
    const seq = Math.max(message.at.seq, group.seq);
    const own = group.wants(this.#context.topicOf(message.subject));
    const lines = own ? linesFrom(message, seq) : NO_LINES;
    group.takeLive({ seq, rows: end - seq, ts: message.at.ts, lines, ownRows: own ? end - seq : 0 });
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#waitForRoom(signal);
      if (signal.aborted) return;
      if (this.#reachLive()) {
        this.#becomeLive();
        return;
      }
      if (this.#near) continue;
      try {
        await this.#readLog(signal);
      } catch (error) {
        if (!isAway(error)) throw error;
      }
      if (!this.#near) await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns when the ring has what follows, or the log does not have it. */
  async #readLog(signal: AbortSignal): Promise<void> {
    const { log, run } = this.#context;
    const found = await placeOf(log, run, this.group.seq);
    if (signal.aborted) return;
    if (found.state !== 'empty') this.#emptySince = undefined;
    if (found.state === 'trimmed') this.#lose(this.#oldest(found.firstSeq));
    if (found.state === 'empty') this.#onEmpty();
    if (found.state !== 'there') return;
    for await (const batch of log.read(found.place, { signal })) {
      if (signal.aborted) return;
      this.#takeBatch(batch);
      this.pump();
      await this.#waitForRoom(signal);
      if (signal.aborted || this.#near) return;
    }
  }

  #takeBatch(batch: readonly LiveMessage[]): void {
    const { group } = this;
    const { run, topicOf } = this.#context;
    const wants = (subject: string): boolean => group.wants(topicOf(subject));
    for (const stretch of stretchesOf(batch, { run, seq: group.seq, wants })) {
      if (!('missingTo' in stretch)) {
        group.takeLive(stretch);
        continue;
      }
      this.#lose(this.#oldest(stretch.missingTo));
      if (!this.#near) this.#takeBatch(batch);
      return;
    }
  }

  /** The oldest row that there is, when the log begins with row `inLog`: the newest rows in memory may reach back farther. */
  #oldest(inLog: number): number {
    return Math.min(inLog, this.#context.ring.firstSeq);
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    while (!this.hasRoom && !signal.aborted) {
      // One that has taken everything must not wait for another one.
      if (this.members.size > 1) this.#context.events.full(this);
      if (this.hasRoom) return;
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
  }

  #onEmpty(): void {
    const now = performance.now();
    this.#emptySince ??= now;
    const { firstSeq } = this.#context.ring;
    if (now - this.#emptySince > EMPTY_MS && firstSeq > this.group.seq) this.#lose(firstSeq);
  }

  #lose(firstSeq: number): void {
    for (const { component, from, to } of passMissing(this.group, this.members, firstSeq)) {
      component.lose();
      component.notice({ kind: 'lost', from, to });
      this.#context.events.lost(component, from, to);
    }
  }
}

const NO_LINES = Buffer.alloc(0);

/** NATS is not there, or the log is not: somebody is about to bring it back. */
function isAway(error: unknown): boolean {
  return AegisError.is(error) && ['DEPENDENCY_DOWN', 'TIMEOUT', 'STREAM_FAILED'].includes(error.code);
}
