import type { FieldKind } from './format/row-layout.ts';
import type { TimeUnit } from './row-fields.ts';

const LF = 10;
const CR = 13;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const LOWER_CASE = 0x20;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NOT_PLAIN = -1;

/** The powers of ten that a float64 holds exactly: a quotient of two exact numbers is the float64 nearest to it. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** How many digits the times of each unit have; see `unitOf`. */
const TIME_DIGITS = { ms: { min: 12, max: 14 }, us: { min: 16, max: 16 } } as const satisfies Record<TimeUnit, object>;
/** Digits of a time in µs that are no milliseconds. */
const MICRO_DIGITS = 3;

export interface PlainLineOptions {
  /** What each CSV column holds. */
  readonly kinds: readonly FieldKind[];
  /** The column that orders the rows, and the one that tells their day. */
  readonly time: number;
  readonly dayTime: number;
}

/**
 * One line of a CSV file, read from its bytes when it is plain: the right number of fields, and each of them in the form
 * that archives have (digits without leading zeros, one point, `true` or `False`). What is valid in another form, and what
 * is not valid, is left to RowFields. One object serves all lines of a file; it is about the line scanned last.
 */
export class PlainLine {
  readonly #kinds: readonly FieldKind[];
  readonly #time: number;
  readonly #dayTime: number;
  /** Where each field begins and where its canonical text ends in {@link bytes}; of a time its milliseconds. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Each field as a number: the float64 nearest to a decimal, unix ms of a time, 0 or 1 of a boolean. */
  readonly values: Float64Array;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  #timeUs = 0;

  constructor({ kinds, time, dayTime }: PlainLineOptions) {
    this.#kinds = kinds;
    this.#time = time;
    this.#dayTime = dayTime;
    this.starts = new Int32Array(kinds.length);
    this.ends = new Int32Array(kinds.length);
    this.values = new Float64Array(kinds.length);
  }

  /** What the line is part of. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Its length, with its line end. */
  get length(): number {
    return this.#length;
  }

  /** Time that orders the row, unix µs. */
  get timeUs(): number {
    return this.#timeUs;
  }

  /** Time that decides to which day the row belongs, unix ms. */
  get dayTime(): number {
    return this.values[this.#dayTime] ?? 0;
  }

  /** Reads the line that begins at `from`; false when it is not plain. Times must be in `unit`. */
  scan(bytes: Buffer, from: number, unit: TimeUnit): boolean {
    const kinds = this.#kinds;
    const last = kinds.length - 1;
    this.#bytes = bytes;
    let at = from;
    for (let column = 0; column <= last; column++) {
      this.starts[column] = at;
      at = this.#field(kinds[column] ?? 'unread', column, unit);
      if (at === NOT_PLAIN) return false;
      if (column === last) break;
      if (bytes[at++] !== COMMA) return false;
    }
    if (bytes[at] === CR) at++;
    this.#length = at + 1 - from;
    return bytes[at] === LF;
  }

  /** Reads the field whose start is set; returns where it ends. */
  #field(kind: FieldKind, column: number, unit: TimeUnit): number {
    switch (kind) {
      case 'integer':
        return this.#integer(column);
      case 'decimal':
        return this.#decimal(column);
      case 'time':
        return this.#timeIn(unit, column);
      case 'bool':
        return this.#bool(column);
      case 'unread':
        return this.#unread(column);
      default:
        return kind satisfies never;
    }
  }

  #integer(column: number): number {
    const bytes = this.#bytes;
    const start = this.starts[column] ?? 0;
    let value = 0;
    let at = start;
    for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - ZERO) {
      value = 10 * value + digit;
      at++;
    }
    if (at === start || value > Number.MAX_SAFE_INTEGER) return NOT_PLAIN;
    if (bytes[start] === ZERO && at > start + 1) return NOT_PLAIN;
    this.values[column] = value;
    this.ends[column] = at;
    return at;
  }

  #timeIn(unit: TimeUnit, column: number): number {
    const end = this.#integer(column);
    if (end === NOT_PLAIN) return NOT_PLAIN;
    const digits = end - (this.starts[column] ?? 0);
    const { min, max } = TIME_DIGITS[unit];
    if (digits < min || digits > max) return NOT_PLAIN;
    const value = this.values[column] ?? 0;
    if (column === this.#time) this.#timeUs = unit === 'us' ? value : value * 1000;
    if (unit === 'ms') return end;
    this.values[column] = Math.floor(value / 1000);
    this.ends[column] = end - MICRO_DIGITS;
    return end;
  }

  #decimal(column: number): number {
    const bytes = this.#bytes;
    const start = this.starts[column] ?? 0;
    let value = 0;
    let point = NOT_PLAIN;
    let at = start;
    for (; ; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) value = 10 * value + digit;
      else if (bytes[at] === POINT && point === NOT_PLAIN) point = at;
      else break;
    }
    const whole = (point === NOT_PLAIN ? at : point) - start;
    if (whole === 0 || (whole > 1 && bytes[start] === ZERO)) return NOT_PLAIN;
    const scale = point === NOT_PLAIN ? 0 : at - point - 1;
    let end = at;
    if (point !== NOT_PLAIN) {
      while (bytes[end - 1] === ZERO) end--;
      if (end === point + 1) end = point;
    }
    const exact = value <= Number.MAX_SAFE_INTEGER && scale < POWERS_OF_TEN.length;
    this.values[column] = exact ? value / (POWERS_OF_TEN[scale] ?? 1) : Number(bytes.toString('latin1', start, end));
    this.ends[column] = end;
    return at;
  }

  #bool(column: number): number {
    const start = this.starts[column] ?? 0;
    const value = this.#isWord(TRUE, start);
    if (!value && !this.#isWord(FALSE, start)) return NOT_PLAIN;
    this.values[column] = value ? 1 : 0;
    const end = start + (value ? TRUE : FALSE).length;
    this.ends[column] = end;
    return end;
  }

  /** Whether the lower-case word lies at a position, in whatever case. */
  #isWord(word: Buffer, at: number): boolean {
    for (let i = 0; i < word.length; i++) if (((this.#bytes[at + i] ?? 0) | LOWER_CASE) !== word[i]) return false;
    return true;
  }

  #unread(column: number): number {
    const bytes = this.#bytes;
    let at = this.starts[column] ?? 0;
    while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== CR && bytes[at] !== LF) at++;
    this.ends[column] = at;
    return at;
  }
}
