import type { PlainLine } from './plain-line.ts';

/** Surrounds the number of a column; no JSON and no name contains it. */
const MARK = '\0';
/** Makes `True` `true`; digits and points stay what they are. */
const LOWER_CASE = 0x20;

/** Text that stands for the value of a CSV column in a {@link LineTemplate}. */
export function slot(column: number): string {
  return `${MARK}${column}${MARK}`;
}

/** A text with slots, which the fields of a line fill: byte for byte what rendering the line's record would give. */
export class LineTemplate {
  readonly #literals: Uint8Array;
  /** Literal `i` lies before slot `i` and ends here in {@link #literals}; the last one lies after all slots. */
  readonly #literalEnds: Int32Array;
  readonly #columns: Int32Array;

  constructor(text: string) {
    const parts = text.split(MARK);
    const literals = parts.filter((_, index) => index % 2 === 0).map((part) => Buffer.from(part));
    let end = 0;
    this.#literals = Buffer.concat(literals);
    this.#literalEnds = Int32Array.from(literals, ({ length }) => {
      end += length;
      return end;
    });
    this.#columns = Int32Array.from(parts.filter((_, index) => index % 2 === 1).map(Number));
  }

  /** No line of `lineBytes` makes it longer than this. */
  maxLength(lineBytes: number): number {
    return this.#literals.length + this.#columns.length * lineBytes;
  }

  /** Writes the text with the fields of `line` to `out` from `at` on; returns where it ends. */
  write(line: PlainLine, out: Uint8Array, at: number): number {
    const { bytes, starts, ends } = line;
    const literals = this.#literals;
    const slots = this.#columns.length;
    let to = at;
    let from = 0;
    // Byte by byte: for pieces as short as these a call of `set` or `copyWithin` costs more than the copying.
    for (let i = 0; i <= slots; i++) {
      const literalEnd = this.#literalEnds[i] ?? 0;
      while (from < literalEnd) out[to++] = literals[from++] ?? 0;
      if (i === slots) break;
      const column = this.#columns[i] ?? 0;
      const end = ends[column] ?? 0;
      for (let byte = starts[column] ?? 0; byte < end; byte++) out[to++] = (bytes[byte] ?? 0) | LOWER_CASE;
    }
    return to;
  }
}
