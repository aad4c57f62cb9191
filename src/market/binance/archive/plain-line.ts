import type { FieldKind } from './format/row-layout.ts';
import { NOT_PLAIN, PlainFields } from './plain-fields.ts';
import type { TimeUnit } from './row-fields.ts';

const LF = 10;
const CR = 13;
const COMMA = 44;

/** How many digits the times of each unit have; see `unitOf`. */
const TIME_DIGITS = { ms: { min: 12, max: 14 }, us: { min: 16, max: 16 } } as const satisfies Record<TimeUnit, object>;
/** Digits of a time in µs that are no milliseconds. */
const MICRO_DIGITS = 3;
const US_PER_MS = 1000;

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
  /** Of a time it has the milliseconds, as text and as number. */
  readonly fields: PlainFields;
  #length = 0;
  #timeUs = 0;

  constructor({ kinds, time, dayTime }: PlainLineOptions) {
    this.#kinds = kinds;
    this.#time = time;
    this.#dayTime = dayTime;
    this.fields = new PlainFields(kinds.length);
  }

  /** Bytes of the line, with its line end. */
  get length(): number {
    return this.#length;
  }

  /** Time that orders the row, unix µs. */
  get timeUs(): number {
    return this.#timeUs;
  }

  /** Time that decides to which day the row belongs, unix ms. */
  get dayTime(): number {
    return this.fields.values[this.#dayTime] ?? 0;
  }

  /** Reads the line that begins at `from`; false when it is not plain. Times must be in `unit`. */
  scan(bytes: Buffer, from: number, unit: TimeUnit): boolean {
    const { fields } = this;
    const kinds = this.#kinds;
    const last = kinds.length - 1;
    fields.bytes = bytes;
    let at = from;
    for (let column = 0; column <= last; column++) {
      fields.starts[column] = at;
      at = this.#field(kinds[column] ?? 'unread', column, unit);
      if (at === NOT_PLAIN) return false;
      if (column === last) break;
      if (bytes[at++] !== COMMA) return false;
    }
    if (bytes[at] === CR) at++;
    this.#length = at + 1 - from;
    return bytes[at] === LF;
  }

  #field(kind: FieldKind, column: number, unit: TimeUnit): number {
    switch (kind) {
      case 'integer':
        return this.fields.integer(column);
      case 'decimal':
        return this.fields.decimal(column);
      case 'time':
        return this.#timeIn(unit, column);
      case 'bool':
        return this.fields.bool(column);
      case 'unread':
        return this.fields.unread(column);
      default:
        return kind satisfies never;
    }
  }

  #timeIn(unit: TimeUnit, column: number): number {
    const { fields } = this;
    const end = fields.integer(column);
    if (end === NOT_PLAIN) return NOT_PLAIN;
    const digits = end - (fields.starts[column] ?? 0);
    const { min, max } = TIME_DIGITS[unit];
    if (digits < min || digits > max) return NOT_PLAIN;
    const value = fields.values[column] ?? 0;
    if (column === this.#time) this.#timeUs = unit === 'us' ? value : value * US_PER_MS;
    if (unit === 'ms') return end;
    fields.values[column] = Math.floor(value / US_PER_MS);
    fields.ends[column] = end - MICRO_DIGITS;
    return end;
  }
}
