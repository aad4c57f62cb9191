import type { PlainFields } from './plain-fields.ts';

/** Surrounds the number of a column; no JSON and no name contains it. */
const MARK = '\0';
/** Makes `True` `true`; digits and points stay what they are. */
const LOWER_CASE = 0x20;
const WORD = 4;

/** Text that stands for the value of a CSV column in a {@link LineTemplate}. */
export function slot(column: number): string {
  return `${MARK}${column}${MARK}`;
}

/** A text with slots, which the fields of a line fill: byte for byte what rendering the line's record would give. */
export class LineTemplate {
  /** The CSV column of each slot. Before slot `i` lies literal `i`; the last literal lies after all slots. */
  readonly #columns: Int32Array;
  readonly #lengths: Int32Array;
  /** The literals, each filled up to whole words: copied so, two thirds of all bytes cost half of what they cost alone. */
  readonly #words: Int32Array;
  /** Where each literal ends in {@link #words}. */
  readonly #wordEnds: Int32Array;
  readonly #bytes: number;

  constructor(text: string) {
    const parts = text.split(MARK);
    this.#columns = Int32Array.from(parts.filter((_, index) => index % 2 === 1).map(Number));
    const literals = parts.filter((_, index) => index % 2 === 0).map((part) => Buffer.from(part));
    this.#lengths = Int32Array.from(literals, ({ length }) => length);
    this.#bytes = literals.reduce((sum, { length }) => sum + length, 0);
    const words = literals.map(wordsOf);
    this.#words = Int32Array.from(words.flat());
    let end = 0;
    this.#wordEnds = Int32Array.from(words, ({ length }) => {
      end += length;
      return end;
    });
  }

  /** Bytes that must be free where a line of `lineBytes` is written. */
  room(lineBytes: number): number {
    return this.#bytes + this.#columns.length * lineBytes + WORD;
  }

  /** Writes the text with the fields of a line to `out` from `at` on; returns where it ends. What follows is undefined. */
  write({ bytes, starts, ends }: PlainFields, out: DataView, at: number): number {
    const columns = this.#columns;
    const lengths = this.#lengths;
    const words = this.#words;
    const wordEnds = this.#wordEnds;
    let to = at;
    let word = 0;
    for (let i = 0; i < lengths.length; i++) {
      const wordEnd = wordEnds[i] ?? 0;
      for (let place = to; word < wordEnd; place += WORD) out.setInt32(place, words[word++] ?? 0, true);
      to += lengths[i] ?? 0;
      if (i === columns.length) break;
      const column = columns[i] ?? 0;
      const end = ends[column] ?? 0;
      for (let from = starts[column] ?? 0; from < end; from++) out.setUint8(to++, (bytes[from] ?? 0) | LOWER_CASE);
    }
    return to;
  }
}

function wordsOf(literal: Buffer): number[] {
  const padded = Buffer.alloc(Math.ceil(literal.length / WORD) * WORD);
  literal.copy(padded);
  return Array.from({ length: padded.length / WORD }, (_, index) => padded.readInt32LE(index * WORD));
}
