const CR = 13;
const LF = 10;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const LOWER_CASE = 0x20;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** In place of the end of a field that is not plain. */
export const NOT_PLAIN = -1;

/** The powers of ten that a float64 holds exactly: a quotient of two exact numbers is the float64 nearest to it. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The fields of one line, read from its bytes where they have the form that archives give them. Each method reads the field
 * that begins at `starts[column]` and returns where it ends, or {@link NOT_PLAIN}.
 */
export class PlainFields {
  /** Where each field begins, and where its canonical text ends. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Each field as a number: the float64 nearest to a decimal, 0 or 1 of a boolean. */
  readonly values: Float64Array;
  /** What the line is part of. */
  bytes: Buffer = Buffer.alloc(0);

  constructor(columns: number) {
    this.starts = new Int32Array(columns);
    this.ends = new Int32Array(columns);
    this.values = new Float64Array(columns);
  }

  /** Digits without leading zeros, of a number that a float64 holds exactly. */
  integer(column: number): number {
    const { bytes } = this;
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

  /** Digits with at most one point, no useless zero before it; zeros at the end are left out of the canonical text. */
  decimal(column: number): number {
    const { bytes } = this;
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

  /** `true` or `false` in whatever case. */
  bool(column: number): number {
    const start = this.starts[column] ?? 0;
    const value = this.#isWord(TRUE, start);
    if (!value && !this.#isWord(FALSE, start)) return NOT_PLAIN;
    this.values[column] = value ? 1 : 0;
    const end = start + (value ? TRUE : FALSE).length;
    this.ends[column] = end;
    return end;
  }

  /** Whatever there is. */
  unread(column: number): number {
    const { bytes } = this;
    let at = this.starts[column] ?? 0;
    while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== CR && bytes[at] !== LF) at++;
    this.ends[column] = at;
    return at;
  }

  #isWord(word: Buffer, at: number): boolean {
    for (let i = 0; i < word.length; i++) if (((this.bytes[at + i] ?? 0) | LOWER_CASE) !== word[i]) return false;
    return true;
  }
}
