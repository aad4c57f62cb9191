import type { MarketEvent } from '../stream/market-event.ts';
import { HeldEvents } from './held-events.ts';
import type { IdOrder } from './id-order.ts';
import { OpenGap } from './open-gap.ts';
import type { Backfill, MarketRow, SeriesPort } from './topic-series.ts';

export interface UnbrokenSequenceOptions {
  readonly topic: string;
  readonly port: SeriesPort;
  readonly order: IdOrder;
  /** The request for the ids `from` to `to`, both included; the last one may be the first behind a gap. */
  request(from: number, to: number): Backfill;
  /** The row of an event; undefined when there is none, e.g. for a spent id. Called once per id, in order. */
  render(event: MarketEvent): MarketRow | undefined;
  /** How long a missing id may still come over a socket before REST is asked; default 250 ms. */
  readonly patienceMs?: number;
  /** Events that wait behind a gap; those beyond are fetched with the next gap. Default 100,000. */
  readonly maxHeld?: number;
}

const PATIENCE_MS = 250;
const MAX_HELD = 100_000;
/** REST may be a moment behind the sockets: an answer that ends too early is asked for again. */
const RETRY_MS = 1_000;
const MAX_EMPTY_ANSWERS = 5;
const NOT_THERE = 'the exchange does not give them';

/**
 * Events with ids, in the order of the ids. A row is delivered when all ids before it are delivered or declared lost, so
 * each id is one or the other, once. Times are unix ms.
 */
export class UnbrokenSequence {
  readonly #options: UnbrokenSequenceOptions;
  readonly #port: SeriesPort;
  readonly #order: IdOrder;
  readonly #held: HeldEvents<MarketEvent>;
  /** The id that is due; undefined before the first event. */
  #due: number | undefined;
  /** Highest id that is known to exist, also if its event could not be held. */
  #known = Number.NEGATIVE_INFINITY;
  /** Missing ids that may still come by themselves. */
  #awaited: { readonly to: number; readonly until: number } | undefined;
  #gap: OpenGap | undefined;
  /** The request that REST has not answered yet. `probe`: that its ids exist is not known. */
  #asked: { readonly to: number; readonly probe: boolean } | undefined;
  #duplicates = 0;

  constructor(options: UnbrokenSequenceOptions) {
    this.#options = options;
    this.#port = options.port;
    this.#order = options.order;
    this.#held = new HeldEvents(options.maxHeld ?? MAX_HELD);
  }

  /** The id that is due; undefined before the first event. */
  get due(): number | undefined {
    return this.#due;
  }

  /** Events that came again and were dropped. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Events that wait behind a gap. */
  get held(): number {
    return this.#held.size;
  }

  /** Begins anew, after `last`; with undefined: with the first event that comes. */
  resume(last: number | undefined): void {
    this.#due = last === undefined ? undefined : this.#order.after(last);
    this.#known = Number.NEGATIVE_INFINITY;
    this.#held.clear();
    this.#awaited = undefined;
    this.#gap = undefined;
    this.#asked = undefined;
  }

  take(id: number, event: MarketEvent, now: number): void {
    this.#due ??= id;
    this.#known = Math.max(this.#known, id);
    if (id === this.#due) this.#deliver(id, event);
    else if (id < this.#due || !this.#held.add(id, event)) this.#duplicates++;
    this.#lookForGap(now);
  }

  /** Ids up to this one exist, though their events have not come. Before the first event: it begins after this id. */
  expect(id: number, now: number): void {
    this.#due ??= this.#order.after(id);
    this.#known = Math.max(this.#known, id);
    this.#lookForGap(now);
  }

  /** Asks REST for ids that may exist. False when another request is open, or known ones are missing anyway. */
  probe(to: number): boolean {
    if (this.#asked !== undefined || this.#awaited !== undefined || this.#due === undefined) return false;
    this.#asked = { to, probe: true };
    this.#port.backfill(this.#options.request(this.#due, to));
    return true;
  }

  /** A part of the answer, in order. */
  fetched(events: readonly (readonly [id: number, event: MarketEvent])[], done: boolean, now: number): void {
    if (this.#asked === undefined || this.#due === undefined) return;
    const { to, probe } = this.#asked;
    const fresh = events.filter(([id]) => id <= to);
    const last = fresh.at(-1)?.[0];
    if (probe && last !== undefined && last >= this.#due) this.#openGap(this.#due, last);
    for (const [id, event] of fresh) {
      // Pages are in order: what this one leaves out is in none.
      this.#giveUp(id, NOT_THERE);
      if (id === this.#due) this.#deliver(id, event);
    }
    // It has what comes after the gap, so it is not behind: what it has not is not there.
    if (!probe && events.some(([id]) => id > to)) this.#giveUp(this.#order.after(to), NOT_THERE);
    if (!done) return;
    this.#asked = undefined;
    if (!probe) this.#settle(now);
    this.#lookForGap(now);
  }

  failed(reason: string, now: number): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined && !asked.probe) this.#giveUp(this.#order.after(asked.to), reason);
    this.#lookForGap(now);
  }

  tick(now: number): void {
    if (this.#asked !== undefined || this.#awaited === undefined || now < this.#awaited.until) return;
    const missing = this.#missing();
    if (missing === undefined) return;
    this.#awaited = undefined;
    const { to } = this.#openGap(missing.from, missing.to);
    this.#asked = { to, probe: false };
    // With the event behind the gap, which shows that REST is not behind.
    const shown = this.#known > to ? this.#order.after(to) : to;
    this.#port.backfill(this.#options.request(missing.from, shown));
  }

  #openGap(from: number, to: number): OpenGap {
    const { topic, order } = this.#options;
    this.#gap ??= new OpenGap({ topic, order, from, to, status: (status) => this.#port.status(status) });
    this.#gap.extend(to);
    return this.#gap;
  }

  /** An answer has ended: either all of the gap is there, or it is asked for again, or the rest of it is lost. */
  #settle(now: number): void {
    const gap = this.#gap;
    if (gap === undefined) return;
    if (gap.countShortAnswer() >= MAX_EMPTY_ANSWERS) this.#giveUp(this.#order.after(gap.to), NOT_THERE);
    else this.#awaited = { to: gap.to, until: now + RETRY_MS };
  }

  #deliver(id: number, event: MarketEvent): void {
    this.#put(id, event);
    for (let next = this.#order.after(id); ; next = this.#order.after(next)) {
      const held = this.#held.take(next);
      if (held === undefined) return;
      this.#put(next, held);
    }
  }

  #put(id: number, event: MarketEvent): void {
    const row = this.#options.render(event);
    if (row !== undefined) {
      this.#port.row(row);
      this.#gap?.countRow();
    }
    this.#advance(this.#order.after(id));
  }

  #advance(due: number): void {
    this.#due = due;
    // Never with what the exchange sends: an id between two that follow each other.
    this.#duplicates += this.#held.dropBelow(due);
    const gap = this.#gap;
    if (gap === undefined || due <= gap.to) return;
    gap.filledUntil(this.#order.after(gap.to));
    this.#gap = undefined;
  }

  /** Declares lost what is missing below `end`, and delivers what is held of it. */
  #giveUp(end: number, reason: string): void {
    for (let due = this.#due; due !== undefined && due < end; due = this.#due) {
      const next = Math.min(end, this.#held.firstId ?? end);
      this.#gap?.lost(due, this.#order.before(next), reason);
      this.#advance(next);
      const held = this.#held.take(next);
      if (held !== undefined) this.#deliver(next, held);
    }
  }

  #missing(): { readonly from: number; readonly to: number } | undefined {
    const from = this.#due;
    if (from === undefined) return undefined;
    const first = this.#held.firstId;
    const to = first === undefined ? this.#known : this.#order.before(first);
    return to < from ? undefined : { from, to };
  }

  #lookForGap(now: number): void {
    if (this.#asked !== undefined) return;
    const missing = this.#missing();
    if (missing === undefined) this.#awaited = undefined;
    // The same gap goes on waiting, although parts of it may have come.
    else if (this.#awaited === undefined || missing.from > this.#awaited.to) {
      const { patienceMs = PATIENCE_MS } = this.#options;
      this.#awaited = { to: missing.to, until: now + patienceMs };
    }
  }
}
