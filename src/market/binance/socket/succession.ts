import type { Connection } from './connection.ts';
import type { ConnectionEnd, ConnectionPort } from './connection-port.ts';
import { type DialOptions, dial } from './dial.ts';
import type { SocketFrame } from './held-frames.ts';
import type { LineContext } from './line-context.ts';
import { Redial } from './redial.ts';
import { streamsText } from './socket-event.ts';
import { Takeover } from './takeover.ts';

export type SuccessionOptions = DialOptions & Pick<ConnectionPort, 'done' | 'failed'>;

/** Answers of the exchange that concern all attempts of this IP. */
const BANNED: ReadonlySet<number | undefined> = new Set([403, 418, 429]);

/** One connection after the other: made anew when it is lost, replaced with an overlap before it gets too old. */
export class Succession implements ConnectionPort {
  readonly done: ConnectionPort['done'];
  readonly failed: ConnectionPort['failed'];
  readonly #options: SuccessionOptions;
  readonly #context: LineContext;
  readonly #redial: Redial;
  #current: Connection | undefined;
  #takeover: Takeover | undefined;
  #lifeMs = Infinity;

  constructor(options: SuccessionOptions) {
    this.#options = options;
    this.#context = options.context;
    this.done = options.done;
    this.failed = options.failed;
    this.#redial = new Redial(options.context);
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  get rotating(): boolean {
    return this.#takeover !== undefined;
  }

  /** The current one, and the one that is to follow it. */
  get connections(): Connection[] {
    return [this.#current, this.#takeover?.next].filter((connection) => connection !== undefined);
  }

  /** `once`: given up when it fails. Does nothing while there is no connection, or when it is being replaced already. */
  rotate(reason: string, { once, now }: { once: boolean; now: number }): void {
    const { timings, onEvent } = this.#context;
    if (this.#takeover !== undefined || !this.#current?.isOpen) return;
    if (this.#current.age(now) > timings.stableMs) this.#redial.settled();
    this.#takeover = new Takeover({ reason, once, timings });
    onEvent({ type: 'rotating', connection: this.#current.number, reason });
  }

  tick(now: number): void {
    if (this.#current === undefined && this.#redial.ready(now)) this.#install(dial(this.#options, this));
    this.#current?.tick(now);
    if ((this.#current?.age(now) ?? 0) > this.#lifeMs) this.rotate('its time is nearly up', { once: false, now });
    if (this.#takeover !== undefined) this.#advance(this.#takeover, now);
  }

  close(): void {
    for (const connection of this.connections) this.#context.retire(connection);
    this.#current = undefined;
    this.#takeover = undefined;
  }

  opened(connection: Connection): void {
    const now = performance.now();
    if (connection === this.#current) this.#begin(connection, [...this.#options.streams], now);
    else this.#takeover?.opened(now);
  }

  frame(connection: Connection, frame: SocketFrame): void {
    const now = performance.now();
    const isCurrent = connection === this.#current;
    if (frame.stream !== undefined) {
      if (isCurrent) this.#takeover?.heardOld(frame.stream, now);
      else this.#takeover?.heardNew(frame.stream, now);
      const forMs = this.#context.watch.heard(frame.stream, now);
      if (forMs !== undefined) this.#context.onEvent({ type: 'sounding', stream: frame.stream, forMs });
    }
    if (isCurrent) this.#context.onFrame(frame);
    else this.#takeover?.held.push(frame, now);
  }

  shutdown(connection: Connection): void {
    this.#context.onEvent({ type: 'shutdownAnnounced', connection: connection.number });
    if (connection !== this.#current) return;
    this.#lifeMs = 0;
    this.rotate('its server shuts down', { once: false, now: performance.now() });
  }

  ended(connection: Connection, { reason, status, retryAfterMs }: ConnectionEnd): void {
    const now = performance.now();
    const { onEvent, timings, budget } = this.#context;
    if (BANNED.has(status)) budget.hold(now + (retryAfterMs ?? timings.bannedMs));
    if (connection.age(now) > timings.stableMs) this.#redial.settled();
    const { number, wasOpen } = connection;
    if (!wasOpen) onEvent({ type: 'refused', connection: number, reason, ...(status === undefined ? {} : { status }) });
    else if (connection !== this.#current) onEvent({ type: 'rotationFailed', connection: number, missing: [], reason });
    if (connection === this.#current) this.#lost(connection, reason, now);
    else if (this.#takeover !== undefined) this.#giveUp(this.#takeover);
    if (this.#current === undefined || this.#takeover !== undefined) this.#redial.failed(now, retryAfterMs);
  }

  #advance(takeover: Takeover, now: number): void {
    const { watch, onFrame, onEvent, retire } = this.#context;
    const { next } = takeover;
    if (next === undefined) {
      if (this.#redial.ready(now)) takeover.begin(dial(this.#options, this));
      return;
    }
    next.tick(now);
    for (const frame of takeover.held.due(now)) onFrame(frame);
    const { streams, refused } = this.#options;
    const mute = (stream: string) => watch.isSilent(stream) || refused.has(stream);
    const verdict = takeover.verdict(streams, mute, this.#current?.lastHeard ?? now, now);
    if (verdict === 'waiting') {
      if (takeover.wantsSign(now)) this.#current?.probe(now);
      return;
    }
    if (verdict === 'ready') {
      this.#takeOver(takeover, next);
      return;
    }
    const reason = `it does not deliver ${streamsText(verdict)}`;
    onEvent({ type: 'rotationFailed', connection: next.number, missing: verdict, reason });
    retire(next);
    this.#giveUp(takeover);
    if (this.#takeover !== undefined) this.#redial.failed(now);
  }

  /** This attempt; unless it was the only one, another follows. */
  #giveUp(takeover: Takeover): void {
    for (const frame of takeover.held.all()) this.#context.onFrame(frame);
    takeover.begin(undefined);
    if (takeover.once) this.#takeover = undefined;
  }

  /** The old connection goes first: what it has delivered comes before what was held. */
  #takeOver(takeover: Takeover, next: Connection): void {
    const { onFrame, onEvent, retire } = this.#context;
    const before = this.#current;
    this.#takeover = undefined;
    this.#install(next);
    if (before !== undefined) retire(before);
    for (const frame of takeover.held.all()) onFrame(frame);
    onEvent({ type: 'rotated', connection: next.number, before: before?.number ?? 0, reason: takeover.reason });
  }

  #lost(connection: Connection, reason: string, now: number): void {
    const { streams } = this.#options;
    const takeover = this.#takeover;
    const next = takeover?.next;
    if (takeover !== undefined && next?.isOpen) {
      const broken = takeover.broken(streams, connection.lastHeard ?? now);
      this.#tellLost(connection, broken, reason);
      this.#takeOver(takeover, next);
      if (broken.length > 0) this.#begin(next, broken, now);
      return;
    }
    if (connection.wasOpen) this.#tellLost(connection, [...streams], reason);
    this.#takeover = undefined;
    this.#current = undefined;
    if (next !== undefined) this.#install(next);
  }

  #tellLost(connection: Connection, streams: readonly string[], reason: string): void {
    if (streams.length === 0) return;
    for (const stream of streams) this.#context.watch.pause(stream);
    this.#context.onEvent({ type: 'lost', connection: connection.number, streams, reason });
  }

  #begin(connection: Connection, streams: readonly string[], now: number): void {
    for (const stream of streams) this.#context.watch.listen(stream, now);
    this.#context.onEvent({ type: 'opened', connection: connection.number, streams });
  }

  #install(connection: Connection): void {
    const { timings, random } = this.#context;
    this.#current = connection;
    this.#lifeMs = timings.lifeMs * (1 - random() / 10);
  }
}
