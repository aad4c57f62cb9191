import { Connection, type ConnectionEnd, type ConnectionPort } from './connection.ts';
import type { SocketFrame } from './held-frames.ts';
import type { RateWindow } from './rate-window.ts';
import { Redial } from './redial.ts';
import type { SilenceWatch } from './silence.ts';
import type { RequestMethod, SocketEvent } from './socket-event.ts';
import type { SocketLimits, SocketTimings } from './socket-settings.ts';
import { Takeover } from './takeover.ts';

/** What the lines of one market share. */
export interface LineContext {
  readonly limits: SocketLimits;
  readonly timings: SocketTimings;
  readonly budget: RateWindow;
  readonly watch: SilenceWatch;
  readonly random: () => number;
  readonly nextNumber: () => number;
  readonly url: (path: string, streams: readonly string[]) => { url: string; left: readonly string[] };
  readonly onFrame: (frame: SocketFrame) => void;
  readonly onEvent: (event: SocketEvent) => void;
  /** Closes a connection that has had its day. */
  readonly retire: (connection: Connection) => void;
}

/** Answers of the exchange that concern all attempts of this IP. */
const BANNED: ReadonlySet<number | undefined> = new Set([403, 418, 429]);

/** A set of streams that share a connection, whichever it is at the moment: kept up, and replaced before it gets too old. */
export class StreamLine implements ConnectionPort {
  readonly path: string;
  readonly #context: LineContext;
  readonly #redial: Redial;
  readonly #streams = new Set<string>();
  /** Names that the exchange has refused: they would spoil a URL. */
  readonly #refused = new Set<string>();
  #current: Connection | undefined;
  #takeover: Takeover | undefined;
  #lifeMs = Infinity;
  #silenceRotationAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, context: LineContext) {
    this.path = path;
    this.#context = context;
    this.#redial = new Redial(context);
  }

  get streams(): ReadonlySet<string> {
    return this.#streams;
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  get rotating(): boolean {
    return this.#takeover !== undefined;
  }

  add(streams: readonly string[], now: number): void {
    for (const stream of streams) this.#streams.add(stream);
    this.#ask('SUBSCRIBE', streams);
    if (this.#current?.isOpen) this.#listen(streams, now);
  }

  drop(streams: readonly string[]): void {
    for (const stream of streams) {
      this.#streams.delete(stream);
      this.#refused.delete(stream);
      this.#context.watch.forget(stream);
    }
    this.#ask('UNSUBSCRIBE', streams);
  }

  resubscribe(streams: readonly string[]): void {
    this.#ask('UNSUBSCRIBE', streams);
    this.#ask('SUBSCRIBE', streams);
  }

  /** For streams that a new subscription has not brought back. */
  replaceForSilence(streams: readonly string[], now: number): void {
    if (streams.length === 0 || now < this.#silenceRotationAt) return;
    this.#silenceRotationAt = now + this.#context.timings.silenceRotationMs;
    this.#rotate(`silent: ${streams.slice(0, 3).join(', ')}`, { once: true, now });
  }

  tick(now: number): void {
    if (this.#current === undefined && this.#redial.ready(now)) this.#install(this.#dial());
    this.#current?.tick(now);
    if ((this.#current?.age(now) ?? 0) > this.#lifeMs) this.#rotate('its time is nearly up', { once: false, now });
    if (this.#takeover !== undefined) this.#advance(this.#takeover, now);
  }

  /** It is not used again. */
  close(): void {
    for (const connection of [this.#current, this.#takeover?.next]) {
      if (connection !== undefined) this.#context.retire(connection);
    }
    for (const stream of this.#streams) this.#context.watch.forget(stream);
    this.#streams.clear();
    this.#current = undefined;
    this.#takeover = undefined;
  }

  opened(connection: Connection): void {
    const now = performance.now();
    if (connection === this.#current) this.#begin(connection, [...this.#streams], now);
    else this.#takeover?.opened(now);
  }

  frame(connection: Connection, frame: SocketFrame): void {
    const now = performance.now();
    if (frame.stream !== undefined) this.#heard(connection, frame.stream, now);
    if (connection === this.#current) this.#context.onFrame(frame);
    else this.#takeover?.held.push(frame, now);
  }

  shutdown(connection: Connection): void {
    this.#context.onEvent({ type: 'shutdownAnnounced', connection: connection.number });
    if (connection === this.#current) this.#rotate('its server shuts down', { once: false, now: performance.now() });
  }

  done(connection: Connection, method: RequestMethod, streams: readonly string[]): void {
    for (const stream of streams) this.#refused.delete(stream);
    const type = method === 'SUBSCRIBE' ? 'subscribed' : 'unsubscribed';
    this.#context.onEvent({ type, connection: connection.number, streams });
  }

  failed(connection: Connection, method: RequestMethod, streams: readonly string[], problem: string): void {
    const [only] = streams;
    if (method === 'SUBSCRIBE' && only !== undefined && streams.length === 1) this.#refused.add(only);
    this.#context.onEvent({ type: 'requestFailed', connection: connection.number, method, streams, problem });
  }

  ended(connection: Connection, end: ConnectionEnd): void {
    const now = performance.now();
    const { onEvent, timings, budget } = this.#context;
    const { reason, status, retryAfterMs } = end;
    if (BANNED.has(status)) budget.hold(now + (retryAfterMs ?? timings.bannedMs));
    if (connection.age(now) > timings.stableMs) this.#redial.settled();
    if (!connection.wasOpen) {
      const { number } = connection;
      onEvent({ type: 'refused', connection: number, reason, ...(status === undefined ? {} : { status }) });
    }
    if (connection === this.#current) this.#lost(connection, reason, now, retryAfterMs);
    else {
      this.#takeover?.begin(undefined);
      this.#redial.failed(now, retryAfterMs);
    }
  }

  #heard(connection: Connection, stream: string, now: number): void {
    if (connection === this.#current) this.#takeover?.heardOld(stream, now);
    else this.#takeover?.heardNew(stream);
    const forMs = this.#context.watch.heard(stream, now);
    if (forMs !== undefined) this.#context.onEvent({ type: 'sounding', stream, forMs });
  }

  #advance(takeover: Takeover, now: number): void {
    const { watch, onFrame, onEvent, retire } = this.#context;
    const { next } = takeover;
    if (next === undefined) {
      if (this.#redial.ready(now)) takeover.begin(this.#dial());
      return;
    }
    next.tick(now);
    for (const frame of takeover.held.due(now)) onFrame(frame);
    const mute = (stream: string) => watch.isSilent(stream) || this.#refused.has(stream);
    const verdict = takeover.verdict(this.#streams, mute, now);
    if (verdict === 'waiting') return;
    if (verdict === 'ready') {
      this.#takeOver(takeover, next);
      return;
    }
    onEvent({ type: 'rotationFailed', connection: next.number, missing: verdict });
    for (const frame of takeover.held.all()) onFrame(frame);
    retire(next);
    takeover.begin(undefined);
    if (takeover.once) this.#takeover = undefined;
    else this.#redial.failed(now);
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

  #lost(connection: Connection, reason: string, now: number, retryAfterMs?: number): void {
    const takeover = this.#takeover;
    const next = takeover?.next;
    if (takeover !== undefined && next?.isOpen) {
      const missing = takeover.unheard(this.#streams);
      this.#tellLost(connection, missing, reason);
      this.#takeOver(takeover, next);
      if (missing.length > 0) this.#begin(next, missing, now);
      return;
    }
    if (connection.wasOpen) this.#tellLost(connection, [...this.#streams], reason);
    this.#takeover = undefined;
    this.#current = undefined;
    if (next === undefined) this.#redial.failed(now, retryAfterMs);
    else this.#install(next);
  }

  #tellLost(connection: Connection, streams: readonly string[], reason: string): void {
    if (streams.length === 0) return;
    for (const stream of streams) this.#context.watch.pause(stream);
    this.#context.onEvent({ type: 'lost', connection: connection.number, streams, reason });
  }

  #begin(connection: Connection, streams: readonly string[], now: number): void {
    this.#listen(streams, now);
    this.#context.onEvent({ type: 'opened', connection: connection.number, streams });
  }

  #rotate(reason: string, { once, now }: { once: boolean; now: number }): void {
    const { timings, onEvent } = this.#context;
    if (this.#takeover !== undefined || !this.#current?.isOpen) return;
    if (this.#current.age(now) > timings.stableMs) this.#redial.settled();
    this.#takeover = new Takeover({ reason, once, timings });
    onEvent({ type: 'rotating', connection: this.#current.number, reason });
  }

  #dial(): Connection {
    const { limits, timings, url: urlOf, nextNumber } = this.#context;
    const welcome = [...this.#streams].filter((stream) => !this.#refused.has(stream));
    const { url, left } = urlOf(this.path, welcome);
    const connection = new Connection({ number: nextNumber(), url, limits, timings, port: this });
    connection.requests.ask('SUBSCRIBE', left);
    connection.requests.ask('SUBSCRIBE', this.#refused);
    return connection;
  }

  #install(connection: Connection): void {
    const { timings, random } = this.#context;
    this.#current = connection;
    this.#lifeMs = timings.lifeMs * (1 - random() / 10);
  }

  #ask(method: RequestMethod, streams: readonly string[]): void {
    this.#current?.requests.ask(method, streams);
    this.#takeover?.next?.requests.ask(method, streams);
  }

  #listen(streams: readonly string[], now: number): void {
    for (const stream of streams) this.#context.watch.listen(stream, now);
  }
}
