import type { Decimal } from '../record/decimal.ts';
import type { BookLevel } from '../stream/market-event.ts';
import { compareDecimals } from './compare-decimals.ts';

/** Bids get better with higher prices, asks with lower ones. */
export type Side = 'bids' | 'asks';

/** A REST answer with fewer levels than this has the whole side: Aegis asks for 1,000 at least. */
const SNAPSHOT_LEVELS = 1_000;
const CODE_ZERO = 48;
const CODE_NINE = 57;

/**
 * One side of an order book, in sorted arrays with the best level at the end, where most changes are: they move little.
 * Beyond the last level of the snapshot others may stand that nobody has told.
 */
export class BookSide {
  /** 1 for bids, -1 for asks: a better level has the higher key. */
  readonly #sign: 1 | -1;
  /** Prices as floats: fast to compare. Two decimals with the same float are compared exactly. */
  readonly #keys: number[] = [];
  readonly #levels: BookLevel[] = [];
  /** Key of the snapshot's last level: what is better is known to be all there is. */
  readonly #horizon: number;

  /** `levels`: of a snapshot, in any order. All of them {@link isLevel}. */
  constructor(side: Side, levels: readonly BookLevel[]) {
    this.#sign = side === 'bids' ? 1 : -1;
    this.#horizon = Number.NEGATIVE_INFINITY;
    // From the worst to the best: each goes to the end.
    for (const level of [...levels].sort((a, b) => this.#compare(a, b))) this.set(level);
    if (levels.length >= SNAPSHOT_LEVELS) this.#horizon = this.#keys[0] ?? Number.NEGATIVE_INFINITY;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** So many levels from the best on are surely the best ones; infinite when the snapshot had the whole side. */
  get certain(): number {
    if (this.#horizon === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return this.#keys.length - this.#firstNotBelow(this.#horizon);
  }

  get best(): BookLevel | undefined {
    return this.#levels.at(-1);
  }

  /** Quantity 0 removes the level; removing one that is not there is normal. False when it is none: see {@link isLevel}. */
  set(level: BookLevel): boolean {
    const [price, quantity] = level;
    const number = Number(price);
    if (!(number > 0) || !beginsWithDigit(quantity)) return false;
    const key = this.#sign * number;
    const place = this.#placeOf(price, key);
    const isThere = this.#levels[place]?.[0] === price;
    if (quantity === '0') {
      if (isThere) this.#remove(place);
    } else if (isThere) this.#levels[place] = level;
    else this.#insert(place, key, level);
    return true;
  }

  /** The best `count` levels, from the best on. */
  top(count: number): BookLevel[] {
    return this.#levels.slice(-count).reverse();
  }

  #insert(place: number, key: number, level: BookLevel): void {
    this.#keys.splice(place, 0, key);
    this.#levels.splice(place, 0, level);
  }

  #remove(place: number): void {
    this.#keys.splice(place, 1);
    this.#levels.splice(place, 1);
  }

  #firstNotBelow(key: number): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #placeOf(price: Decimal, key: number): number {
    let place = this.#firstNotBelow(key);
    // Another decimal with the same float: hardly ever.
    for (; this.#keys[place] === key; place++) {
      const other = this.#levels[place]?.[0] ?? price;
      if (other === price || this.#sign * compareDecimals(other, price) > 0) break;
    }
    return place;
  }

  #compare([a]: BookLevel, [b]: BookLevel): number {
    return this.#sign * (Number(a) - Number(b) || compareDecimals(a, b));
  }
}

/** Whether it can be a level: a positive price, and a quantity of 0 or more. */
export function isLevel([price, quantity]: BookLevel): boolean {
  return Number(price) > 0 && beginsWithDigit(quantity);
}

/** Of a canonical decimal: it has no minus sign. */
function beginsWithDigit(decimal: Decimal): boolean {
  const code = decimal.charCodeAt(0);
  return code >= CODE_ZERO && code <= CODE_NINE;
}
