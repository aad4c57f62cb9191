import { LINE_MIDDLE } from '../model/wire/line.ts';

const USUAL_DIGITS = 13;
const USUAL_FROM = 1e12;
const USUAL_TO = 1e13;
const LOW = 1e6;
const ZERO = 48;

/** Decimal digits of a time in unix ms: 13 from 2001 to 2286. */
export function timeDigits(ts: number): number {
  return ts >= USUAL_FROM && ts < USUAL_TO ? USUAL_DIGITS : String(ts).length;
}

/** The part of a topic's lines that comes before the data. Kept between rows; only changed digits are written anew. */
export class LineHead {
  readonly #prefix: Buffer;
  #bytes: Buffer;
  #ts = -1;
  #high = -1;

  constructor(prefix: Buffer) {
    this.#prefix = prefix;
    this.#bytes = prefix;
  }

  /** Valid until the next call. */
  at(ts: number): Buffer {
    if (ts === this.#ts) return this.#bytes;
    this.#ts = ts;
    if (ts < USUAL_FROM || ts >= USUAL_TO) {
      this.#high = -1;
      this.#bytes = Buffer.concat([this.#prefix, Buffer.from(String(ts)), LINE_MIDDLE]);
      return this.#bytes;
    }
    const high = Math.floor(ts / LOW);
    if (this.#high < 0) {
      this.#bytes = Buffer.concat([this.#prefix, Buffer.alloc(USUAL_DIGITS), LINE_MIDDLE]);
    }
    const start = this.#prefix.length;
    if (high !== this.#high) this.#write(high, start, 7);
    this.#high = high;
    this.#write(ts - high * LOW, start + 7, 6);
    return this.#bytes;
  }

  #write(value: number, start: number, digits: number): void {
    let rest = value | 0;
    for (let place = start + digits - 1; place >= start; place--) {
      const next = (rest / 10) | 0;
      this.#bytes[place] = ZERO + rest - 10 * next;
      rest = next;
    }
  }
}
