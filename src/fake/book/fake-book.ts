import { type Random, randomFor } from '../../market/binance/sample/random.ts';
import type { Market } from '../../model/market.ts';
import type { BookChange, Level, Side, Top } from './book-change.ts';

/** Levels a side begins with, and may grow to. */
const LEVELS = 400;
const MOST_LEVELS = 700;
/** Largest distance between two levels of a new side. */
const SPACING = 4;
/** Levels that change by themselves at each step, and how far from the top, in hundredths. */
const CHANGES = 3;
const REACH = 900;
/** Futures: update ids are shared by all symbols of the exchange. */
const SHARED_IDS = 300;

/** An invented order book that follows a price. Never crossed; the ask is one above the bid. */
export class FakeBook {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  readonly #random: Random;
  readonly #market: Market;
  readonly #largest: number;
  #bid: number;
  #lastId: number;
  #changes: BookChange[] = [];

  /** `bid`: best bid at the beginning; `name` and `firstId` decide what follows. */
  constructor(options: { market: Market; name: string; firstId: number; bid: number; qtyScale: number }) {
    this.#market = options.market;
    this.#random = randomFor(options.name);
    this.#largest = 5 * 10 ** options.qtyScale + 20;
    this.#lastId = options.firstId;
    this.#bid = options.bid;
    for (let level = 0, distance = 0; level < LEVELS; level++, distance += 1 + Math.floor(this.#random() * SPACING)) {
      this.#bids.set(this.#bid - distance, this.#quantity());
      this.#asks.set(this.#bid + 1 + distance, this.#quantity());
    }
  }

  get lastId(): number {
    return this.#lastId;
  }

  get top(): Top {
    const bid = this.#bid;
    return {
      updateId: this.#lastId,
      bid: [bid, this.#bids.get(bid) ?? 0],
      ask: [bid + 1, this.#asks.get(bid + 1) ?? 0],
    };
  }

  /** Moves the best bid and changes some levels around it. What changed, in order. */
  step(bid: number): readonly BookChange[] {
    this.#changes = [];
    for (let price = this.#bid; price > bid; price--) this.#set('bids', price, 0);
    for (let price = this.#bid + 1; price <= bid; price++) this.#set('asks', price, 0);
    this.#bid = bid;
    if (!this.#bids.has(bid)) this.#set('bids', bid, this.#quantity());
    if (!this.#asks.has(bid + 1)) this.#set('asks', bid + 1, this.#quantity());
    for (let i = 0; i < CHANGES; i++) this.#changeLevel();
    this.#trim('bids', this.#bids);
    this.#trim('asks', this.#asks);
    return this.#changes;
  }

  /** From the best on. */
  levels(side: Side, limit: number): readonly Level[] {
    const levels = [...(side === 'bids' ? this.#bids : this.#asks)];
    levels.sort(side === 'bids' ? (a, b) => b[0] - a[0] : (a, b) => a[0] - b[0]);
    return levels.slice(0, limit);
  }

  #changeLevel(): void {
    const distance = Math.floor(this.#random() ** 3 * REACH);
    const side = this.#random() < 0.5 ? 'bids' : 'asks';
    const price = side === 'bids' ? this.#bid - distance : this.#bid + 1 + distance;
    const removed = distance > 0 && this.#random() < 0.5;
    this.#set(side, price, removed ? 0 : this.#quantity());
  }

  #trim(side: Side, levels: ReadonlyMap<number, number>): void {
    if (levels.size <= MOST_LEVELS) return;
    const prices = [...levels.keys()];
    const farthest =
      side === 'bids' ? prices.reduce((a, b) => Math.min(a, b)) : prices.reduce((a, b) => Math.max(a, b));
    this.#set(side, farthest, 0);
  }

  #set(side: Side, price: number, qty: number): void {
    const levels = side === 'bids' ? this.#bids : this.#asks;
    if ((levels.get(price) ?? 0) === qty) return;
    if (qty === 0) levels.delete(price);
    else levels.set(price, qty);
    this.#lastId += this.#market === 'spot' ? 1 : 1 + Math.floor(this.#random() * SHARED_IDS);
    this.#changes.push({ id: this.#lastId, side, price, qty });
  }

  #quantity(): number {
    return 1 + Math.floor(this.#random() ** 3 * this.#largest);
  }
}
