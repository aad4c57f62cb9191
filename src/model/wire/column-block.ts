/**
 * Values of consecutive rows of one topic, column by column. Words and bytes lie as Arrow wants them: little-endian, which is
 * what every platform that Node runs on has.
 */
export interface ColumnBlock {
  readonly rows: number;
  /** Unix ms, two 32-bit words each, the low one first. */
  readonly ts: Int32Array;
  /** In the order of `blockColumns`. A column with the rows' time is {@link ts} itself. */
  readonly columns: readonly ColumnValues[];
  /** The only column is the rows' `data` as text: the tape has no others. */
  readonly plain?: boolean;
}

export type ColumnValues =
  /** int64 and float64: two 32-bit words per value. */
  | { readonly kind: 'words'; readonly words: Int32Array }
  /** bool: a byte per value. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** utf8: value i is `bytes[offsets[i] .. offsets[i + 1])`. */
  | { readonly kind: 'texts'; readonly offsets: Int32Array; readonly bytes: Uint8Array }
  /** utf8: every value is this text. */
  | { readonly kind: 'constant'; readonly text: Uint8Array };

const WORD = 2 ** 32;

/** Writes a whole number as a 64-bit integer, without a BigInt. What is no number is written as 0. */
export function setInt64(words: Int32Array, place: number, value: number): void {
  const high = Math.floor(value / WORD);
  words[2 * place] = (value - high * WORD) | 0;
  words[2 * place + 1] = high | 0;
}

/** A 64-bit integer as a number; exact up to 2^53. */
export function int64At(words: Int32Array, place: number): number {
  return (words[2 * place + 1] ?? 0) * WORD + ((words[2 * place] ?? 0) >>> 0);
}

/** The rows of a slice, or of a part of a realtime stream, as columns. */
export interface SliceColumns {
  /** By index of the topic in the plan; undefined where it has no rows. */
  readonly blocks: readonly (ColumnBlock | undefined)[];
  /** Runs of rows of one topic in the order of the stream: `topic index << 22 | rows`; see order.ts. */
  readonly runs: Uint32Array;
}
