import type { DepthSnapshot, MarketEvent } from '../stream/market-event.ts';
import { HeldEvents } from './held-events.ts';
import { type IdType, idOf, rowOf } from './id-event.ts';
import { OpenGap } from './open-gap.ts';
import type { SeriesPort, TopicSeries } from './topic-series.ts';

export interface IdSeriesOptions {
  readonly topic: string;
  readonly type: IdType;
  readonly symbol: string;
  readonly port: SeriesPort;
  /** How long a missing id may still come over a socket before REST is asked; default 250 ms. */
  readonly patienceMs?: number;
  /** Events that wait behind a gap; those beyond are fetched with the next gap. Default 100,000. */
  readonly maxHeld?: number;
}

const PATIENCE_MS = 250;
const MAX_HELD = 100_000;
/** REST may be a moment behind the sockets: an answer that ends too early is asked for again. */
const RETRY_MS = 1_000;
const MAX_EMPTY_ANSWERS = 2;
const NOT_THERE = 'the exchange does not give them';

/**
 * Trades and aggTrades: ids grow by one. A row is delivered when all ids before it are delivered or declared lost, so each
 * id is one or the other, once.
 */
export class IdSeries implements TopicSeries {
  readonly topic: string;
  readonly #type: IdType;
  readonly #symbol: string;
  readonly #port: SeriesPort;
  readonly #patienceMs: number;
  readonly #held: HeldEvents<MarketEvent>;
  /** The id that is due; undefined before the first event. */
  #next: number | undefined;
  /** Highest id that a socket has brought, also if it could not be held. */
  #seen = Number.NEGATIVE_INFINITY;
  /** Missing ids that may still come by themselves. */
  #awaited: { readonly to: number; readonly until: number } | undefined;
  #gap: OpenGap | undefined;
  /** Last id of the request that REST has not answered yet. */
  #askedTo: number | undefined;
  #duplicates = 0;

  constructor({ topic, type, symbol, port, patienceMs = PATIENCE_MS, maxHeld = MAX_HELD }: IdSeriesOptions) {
    this.topic = topic;
    this.#type = type;
    this.#symbol = symbol;
    this.#port = port;
    this.#patienceMs = patienceMs;
    this.#held = new HeldEvents(maxHeld);
  }

  /** Events that came again and were dropped. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Events that wait behind a gap. */
  get held(): number {
    return this.#held.size;
  }

  resume(last: number | undefined): void {
    this.#next = last === undefined ? undefined : last + 1;
    this.#seen = Number.NEGATIVE_INFINITY;
    this.#held.clear();
    this.#awaited = undefined;
    this.#gap = undefined;
    this.#askedTo = undefined;
  }

  take(event: MarketEvent, now: number): void {
    const id = idOf(event, this.#type);
    if (id === undefined) return;
    this.#next ??= id;
    if (id > this.#seen) this.#seen = id;
    if (id === this.#next) this.#deliver(event, id);
    else if (id < this.#next || !this.#held.add(id, event)) this.#duplicates++;
    this.#lookForGap(now);
  }

  fetched(events: readonly MarketEvent[] | DepthSnapshot, done: boolean, now: number): void {
    const to = this.#askedTo;
    if (to === undefined || !isEvents(events)) return;
    for (const event of events) {
      const id = idOf(event, this.#type);
      if (id === undefined || id > to || this.#next === undefined || id < this.#next) continue;
      // Pages are in order: what this one leaves out is in none.
      this.#giveUp(id, NOT_THERE);
      if (id === this.#next) this.#deliver(event, id);
    }
    if (!done) return;
    this.#askedTo = undefined;
    this.#settle(now);
    this.#lookForGap(now);
  }

  failed(reason: string, now: number): void {
    if (this.#askedTo === undefined) return;
    this.#giveUp(this.#askedTo + 1, reason);
    this.#askedTo = undefined;
    this.#lookForGap(now);
  }

  /** Nothing to do: the first id that comes after it tells what is missing. */
  interrupted(): void {}

  tick(now: number): void {
    if (this.#askedTo !== undefined || this.#awaited === undefined || now < this.#awaited.until) return;
    const missing = this.#missing();
    if (missing === undefined) return;
    const { from, to } = missing;
    this.#gap ??= new OpenGap(this.topic, from, to, (status) => this.#port.status(status));
    this.#askedTo = this.#gap.to;
    this.#awaited = undefined;
    this.#port.backfill({ type: this.#type, symbol: this.#symbol, fromId: from, toId: this.#gap.to });
  }

  /** An answer has ended: either all of the gap is there, or it is asked for again, or the rest of it is lost. */
  #settle(now: number): void {
    const gap = this.#gap;
    if (gap === undefined) return;
    if (gap.countShortAnswer() >= MAX_EMPTY_ANSWERS) this.#giveUp(gap.to + 1, NOT_THERE);
    else this.#awaited = { to: gap.to, until: now + RETRY_MS };
  }

  #deliver(event: MarketEvent, id: number): void {
    this.#put(event, id);
    for (let next = id + 1; ; next++) {
      const held = this.#held.take(next);
      if (held === undefined) return;
      this.#put(held, next);
    }
  }

  #put(event: MarketEvent, id: number): void {
    const row = rowOf(event, this.topic);
    if (row !== undefined) {
      this.#port.row(row);
      this.#gap?.countRow();
    }
    this.#advance(id + 1);
  }

  #advance(next: number): void {
    this.#next = next;
    const gap = this.#gap;
    if (gap === undefined || next <= gap.to) return;
    gap.filledUntil(gap.to + 1);
    this.#gap = undefined;
  }

  /** Declares lost what is missing below `end`, and delivers what is held of it. */
  #giveUp(end: number, reason: string): void {
    for (let next = this.#next; next !== undefined && next < end; next = this.#next) {
      const to = Math.min(end, this.#held.firstId ?? end) - 1;
      this.#gap?.lost(next, to, reason);
      this.#advance(to + 1);
      const held = this.#held.take(to + 1);
      if (held !== undefined) this.#deliver(held, to + 1);
    }
  }

  #missing(): { readonly from: number; readonly to: number } | undefined {
    const from = this.#next;
    if (from === undefined) return undefined;
    const to = (this.#held.firstId ?? this.#seen + 1) - 1;
    return to < from ? undefined : { from, to };
  }

  #lookForGap(now: number): void {
    if (this.#askedTo !== undefined) return;
    const missing = this.#missing();
    if (missing === undefined) this.#awaited = undefined;
    // The same gap goes on waiting, although parts of it may have come.
    else if (this.#awaited === undefined || missing.from > this.#awaited.to) {
      this.#awaited = { to: missing.to, until: now + this.#patienceMs };
    }
  }
}

function isEvents(events: readonly MarketEvent[] | DepthSnapshot): events is readonly MarketEvent[] {
  return Array.isArray(events);
}
