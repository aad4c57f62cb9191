import type { MarketEvent } from '../stream/market-event.ts';
import { DeliveryLine, type DeliveryLineOptions } from './delivery-line.ts';
import type { Backfill } from './topic-series.ts';

export interface UnbrokenSequenceOptions extends DeliveryLineOptions {
  /**
   * The request for the ids `from` to `to`, both included; the last one may be the first behind a gap. `isProbe`: that they
   * exist is not known.
   */
  request(from: number, to: number, isProbe: boolean): Backfill;
}

/** How long a missing id may still come over a socket before REST is asked. */
const PATIENCE_MS = 250;
/** REST may be a moment behind the sockets: an answer that ends too early is asked for again. */
const RETRY_MS = 1_000;
const MAX_EMPTY_ANSWERS = 5;
const NOT_THERE = 'the exchange does not give them';

/**
 * Events with ids, in the order of the ids. A row is delivered when all ids before it are delivered or declared lost, so
 * each id is one or the other, once. What is missing is fetched. Times are unix ms.
 */
export class UnbrokenSequence {
  readonly #options: UnbrokenSequenceOptions;
  readonly #line: DeliveryLine;
  /** Missing ids that may still come by themselves. */
  #awaited: { readonly to: number; readonly until: number } | undefined;
  /** The request that REST has not answered yet. `probe`: that its ids exist is not known. */
  #asked: { readonly to: number; readonly probe: boolean } | undefined;

  constructor(options: UnbrokenSequenceOptions) {
    this.#options = options;
    this.#line = new DeliveryLine(options);
  }

  /** The id that is due; undefined before the first event. */
  get due(): number | undefined {
    return this.#line.due;
  }

  /** Events that came again and were dropped. */
  get duplicates(): number {
    return this.#line.duplicates;
  }

  /** Events that wait behind a gap. */
  get held(): number {
    return this.#line.held;
  }

  /** Begins anew, after `last`; with undefined: with the first event that comes. */
  resume(last: number | undefined): void {
    this.#line.begin(last === undefined ? undefined : this.#options.order.after(last));
    this.#awaited = undefined;
    this.#asked = undefined;
  }

  take(id: number, event: MarketEvent, now: number): void {
    this.#line.take(id, event);
    this.#lookForGap(now);
  }

  /** Ids up to this one exist, though their events have not come. Before the first event: it begins after this id. */
  expect(id: number, now: number): void {
    this.#line.expect(id);
    this.#lookForGap(now);
  }

  /** Asks REST for ids that may exist. False when another request is open, or known ones are missing anyway. */
  probe(to: number): boolean {
    const { due } = this.#line;
    if (this.#asked !== undefined || this.#awaited !== undefined || due === undefined) return false;
    this.#asked = { to, probe: true };
    this.#options.port.backfill(this.#options.request(due, to, true));
    return true;
  }

  /** A part of the answer, in order. */
  fetched(events: readonly (readonly [id: number, event: MarketEvent])[], done: boolean, now: number): void {
    const { due } = this.#line;
    if (this.#asked === undefined || due === undefined) return;
    const { to, probe } = this.#asked;
    const fresh = events.filter(([id]) => id <= to);
    const last = fresh.at(-1)?.[0];
    if (probe && last !== undefined && last >= due) this.#line.openGap(due, last);
    for (const [id, event] of fresh) this.#line.fill(id, event, NOT_THERE);
    // It has what comes after the gap, so it is not behind: what it has not is not there.
    if (!probe && events.some(([id]) => id > to)) this.#giveUpTo(to, NOT_THERE);
    if (!done) return;
    this.#asked = undefined;
    if (!probe) this.#settle(now);
    this.#lookForGap(now);
  }

  failed(reason: string, now: number): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined && !asked.probe) this.#giveUpTo(asked.to, reason);
    this.#lookForGap(now);
  }

  tick(now: number): void {
    if (this.#asked !== undefined || this.#awaited === undefined || now < this.#awaited.until) return;
    const { missing, known } = this.#line;
    if (missing === undefined) return;
    this.#awaited = undefined;
    const { to } = this.#line.openGap(missing.from, missing.to);
    this.#asked = { to, probe: false };
    // With the event behind the gap, which shows that REST is not behind.
    const shown = known > to ? this.#options.order.after(to) : to;
    this.#options.port.backfill(this.#options.request(missing.from, shown, false));
  }

  /** An answer has ended: either all of the gap is there, or it is asked for again, or the rest of it is lost. */
  #settle(now: number): void {
    const { gap } = this.#line;
    if (gap === undefined) return;
    if (gap.countShortAnswer() >= MAX_EMPTY_ANSWERS) this.#giveUpTo(gap.to, NOT_THERE);
    else this.#awaited = { to: gap.to, until: now + RETRY_MS };
  }

  #giveUpTo(to: number, reason: string): void {
    this.#line.giveUp(this.#options.order.after(to), reason);
  }

  #lookForGap(now: number): void {
    if (this.#asked !== undefined) return;
    const { missing } = this.#line;
    if (missing === undefined) this.#awaited = undefined;
    // The same gap goes on waiting, although parts of it may have come.
    else if (this.#awaited === undefined || missing.from > this.#awaited.to) {
      this.#awaited = { to: missing.to, until: now + PATIENCE_MS };
    }
  }
}
