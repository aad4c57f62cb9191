import type { OrderBookRecord } from '../record/order-book.ts';
import type { BookLevel, DepthEvent, DepthSnapshot } from '../stream/market-event.ts';
import type { BookRules } from './book-rules.ts';
import { BookSide } from './book-side.ts';
import { compareDecimals } from './compare-decimals.ts';

/** `broken`: the book is wrong from here on and must be built again. */
export type Applied =
  | { readonly type: 'applied' }
  | { readonly type: 'old' }
  | { readonly type: 'broken'; readonly reason: string };

const APPLIED: Applied = { type: 'applied' };
const OLD: Applied = { type: 'old' };

/** The order book of one symbol: a snapshot, changed in place by the events that follow it without a gap. */
export class OrderBook {
  readonly #rules: BookRules;
  readonly #bids: BookSide;
  readonly #asks: BookSide;
  #id: number;
  #time: number | undefined;

  constructor(rules: BookRules, { lastId, time, bids, asks }: DepthSnapshot) {
    this.#rules = rules;
    this.#bids = new BookSide('bids', bids);
    this.#asks = new BookSide('asks', asks);
    this.#id = lastId;
    this.#time = time;
  }

  /** Last update that is in it. */
  get id(): number {
    return this.#id;
  }

  /** Time of that update, unix ms; undefined when the snapshot had none and nothing followed it. */
  get time(): number | undefined {
    return this.#time;
  }

  apply(event: DepthEvent): Applied {
    if (this.#rules.isOld(this.#id, event)) return OLD;
    if (!this.#rules.follows(this.#id, event)) {
      return broken(`updates between ${this.#id} and ${event.lastId} are missing`);
    }
    for (const level of event.bids) if (!this.#bids.set(level)) return wrongLevel(level);
    for (const level of event.asks) if (!this.#asks.set(level)) return wrongLevel(level);
    this.#id = event.lastId;
    this.#time = event.time;
    const problem = this.problem();
    return problem === undefined ? APPLIED : broken(problem);
  }

  /** Why it cannot be a book of the exchange; undefined when it can. */
  problem(): string | undefined {
    const bid = this.#bids.best?.[0];
    const ask = this.#asks.best?.[0];
    if (bid === undefined || ask === undefined || compareDecimals(bid, ask) < 0) return undefined;
    return `crossed: bid ${bid}, ask ${ask}`;
  }

  /** So many levels of each side are surely the best ones. */
  get certain(): number {
    return Math.min(this.#bids.certain, this.#asks.certain);
  }

  /** Levels of both sides. */
  get size(): number {
    return this.#bids.size + this.#asks.size;
  }

  get best(): { readonly bid: BookLevel | undefined; readonly ask: BookLevel | undefined } {
    return { bid: this.#bids.best, ask: this.#asks.best };
  }

  /** Its best `count` levels; `time`: when it has none itself. */
  top(count: number, time: number): OrderBookRecord {
    return {
      lastUpdateId: this.#id,
      eventTime: this.#time ?? time,
      bids: this.#bids.top(count),
      asks: this.#asks.top(count),
    };
  }
}

function wrongLevel([price, quantity]: BookLevel): Applied {
  return broken(`a level of ${quantity} at ${price}`);
}

function broken(reason: string): Applied {
  return { type: 'broken', reason };
}
