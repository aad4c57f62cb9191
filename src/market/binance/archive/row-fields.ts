import { AegisError } from '../../../model/errors.ts';
import { canonicalDecimal, type Decimal } from '../record/decimal.ts';

/** Of the integer times of a file. */
export type TimeUnit = 'ms' | 'us';

const FIRST_US = 1e15;
const FIRST_MS = 1e11;
const MAX_DIGITS = 16;
const CODE_ZERO = 48;
const TEXT_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** ms or µs by magnitude: the ms of 1973-5138 and the µs of 2001 on do not overlap. */
export function unitOf(time: number): TimeUnit | undefined {
  if (time >= FIRST_US) return 'us';
  return time >= FIRST_MS && time < 1e14 ? 'ms' : undefined;
}

/**
 * The fields of the row at hand, read as what a column holds. One object serves all rows of a file.
 * Every method throws ROW_INVALID naming file, line and column.
 */
export class RowFields {
  readonly #file: string;
  readonly #names: readonly string[];
  #fields: readonly string[] = [];
  #line = 0;
  #timeText = '';
  #timeUs = 0;
  /** Unit of the file, set by its first time. */
  unit: TimeUnit | undefined;

  constructor(file: string, names: readonly string[]) {
    this.#file = file;
    this.#names = names;
  }

  get line(): number {
    return this.#line;
  }

  load(fields: readonly string[], line: number): void {
    this.#fields = fields;
    this.#line = line;
    if (fields.length !== this.#names.length) this.#failWidth();
  }

  text(column: number): string {
    return this.#fields[column] ?? '';
  }

  integer(column: number): number {
    const text = this.text(column);
    return parseInteger(text) ?? this.fail(column, `"${text}" is not an integer`);
  }

  decimal(column: number): Decimal {
    const text = this.text(column);
    return canonicalDecimal(text) ?? this.fail(column, `"${text}" is not a number`);
  }

  bool(column: number): boolean {
    const text = this.text(column);
    if (text === 'True' || text === 'true') return true;
    if (text === 'False' || text === 'false') return false;
    const lower = text.toLowerCase();
    return lower === 'true' || (lower !== 'false' && this.fail(column, `"${text}" is neither true nor false`));
  }

  /** An integer time in the file's unit, as µs. */
  timeUs(column: number): number {
    const text = this.text(column);
    // The record and the order ask for the same time, and many rows share one.
    if (text === this.#timeText) return this.#timeUs;
    const value = parseInteger(text) ?? Number.NaN;
    const unit = unitOf(value);
    if (unit === undefined) return this.fail(column, `"${text}" is not a time in whole milliseconds or microseconds`);
    this.unit ??= unit;
    if (unit !== this.unit) return this.fail(column, `"${text}" is in ${unit}, the rows before are in ${this.unit}`);
    this.#timeText = text;
    this.#timeUs = unit === 'us' ? value : value * 1000;
    return this.#timeUs;
  }

  /** A text time `YYYY-MM-DD HH:MM:SS` in UTC, as µs. */
  textTimeUs(column: number): number {
    const text = this.text(column);
    const ms = parseTextTime(text);
    return ms === undefined ? this.fail(column, `"${text}" is not a time of the form YYYY-MM-DD HH:MM:SS`) : ms * 1000;
  }

  fail(column: number, problem: string): never {
    const name = this.#names[column] ?? String(column);
    throw new AegisError('ROW_INVALID', problem, {
      where: `${this.#file}:${this.#line}:${name}`,
      details: { file: this.#file, line: this.#line, column: name },
    });
  }

  #failWidth(): never {
    const { length } = this.#fields;
    const wanted = this.#names.length;
    const column = Math.min(length, wanted);
    if (length === 1 && this.text(0) === '') this.fail(0, 'the line is empty');
    this.fail(column, `the line has ${length} columns in place of ${wanted}`);
  }
}

/** Decimal digits as a number; undefined for anything else, and where digits would be lost. */
function parseInteger(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_DIGITS) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - CODE_ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Unix ms of a text time; undefined when it has another form or does not exist (month 13). */
export function parseTextTime(text: string): number | undefined {
  if (!TEXT_TIME.test(text)) return undefined;
  const iso = `${text.replace(' ', 'T')}.000Z`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? undefined : ms;
}
