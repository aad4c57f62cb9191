import type { MarketEvent } from '../stream/market-event.ts';
import { HeldEvents } from './held-events.ts';
import type { IdOrder } from './id-order.ts';
import { OpenGap } from './open-gap.ts';
import type { MarketRow, SeriesPort } from './topic-series.ts';

export interface DeliveryLineOptions {
  readonly topic: string;
  readonly port: SeriesPort;
  readonly order: IdOrder;
  /** The row of an event; undefined when there is none, e.g. for a spent id. Called once per id, in order. */
  render(event: MarketEvent): MarketRow | undefined;
  /** Events that wait behind a gap; those beyond are missing after it. Default 100,000. */
  readonly maxHeld?: number;
}

const MAX_HELD = 100_000;

/** Delivers events in the order of their ids: one that is too early waits until all before it are delivered or given up. */
export class DeliveryLine {
  readonly #options: DeliveryLineOptions;
  readonly #order: IdOrder;
  readonly #held: HeldEvents<MarketEvent>;
  /** The id that is due; undefined before the first event. */
  #due: number | undefined;
  /** Highest id that is known to exist, also if its event could not be held. */
  #known = Number.NEGATIVE_INFINITY;
  #gap: OpenGap | undefined;
  #duplicates = 0;

  constructor(options: DeliveryLineOptions) {
    this.#options = options;
    this.#order = options.order;
    this.#held = new HeldEvents(options.maxHeld ?? MAX_HELD);
  }

  get due(): number | undefined {
    return this.#due;
  }

  get known(): number {
    return this.#known;
  }

  get gap(): OpenGap | undefined {
    return this.#gap;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get held(): number {
    return this.#held.size;
  }

  /** What is missing before the first event that waits, or up to the highest id that is known; both included. */
  get missing(): { readonly from: number; readonly to: number } | undefined {
    const from = this.#due;
    if (from === undefined) return undefined;
    const first = this.#held.firstId;
    const to = first === undefined ? this.#known : this.#order.before(first);
    return to < from ? undefined : { from, to };
  }

  begin(due: number | undefined): void {
    this.#due = due;
    this.#known = Number.NEGATIVE_INFINITY;
    this.#held.clear();
    this.#gap = undefined;
  }

  take(id: number, event: MarketEvent): void {
    this.#due ??= id;
    this.#known = Math.max(this.#known, id);
    if (id === this.#due) this.#deliver(id, event);
    else if (id < this.#due || !this.#held.add(id, event)) this.#duplicates++;
  }

  /** Ids up to this one exist. */
  expect(id: number): void {
    this.#due ??= this.#order.after(id);
    this.#known = Math.max(this.#known, id);
  }

  /** Fetched in order: what is missing before it cannot be had. */
  fill(id: number, event: MarketEvent, reason: string): void {
    this.giveUp(id, reason);
    if (id === this.#due) this.#deliver(id, event);
  }

  openGap(from: number, to: number): OpenGap {
    const { topic, order, port } = this.#options;
    this.#gap ??= new OpenGap({ topic, order, from, to, status: (status) => port.status(status) });
    this.#gap.extend(to);
    return this.#gap;
  }

  /** Declares lost what is missing below `end`, and delivers what is held of it. */
  giveUp(end: number, reason: string): void {
    for (let due = this.#due; due !== undefined && due < end; due = this.#due) {
      const next = Math.min(end, this.#held.firstId ?? end);
      this.#gap?.lost(due, this.#order.before(next), reason);
      this.#advance(next);
      const held = this.#held.take(next);
      if (held !== undefined) this.#deliver(next, held);
    }
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
      this.#options.port.row(row);
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
}
