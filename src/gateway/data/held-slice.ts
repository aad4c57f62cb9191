import type { LinePiece } from './line-memory.ts';
import type { StreamPoint } from './stream-point.ts';

/** A topic set's own lines of one slice, in the order of the stream, kept until every component has taken them. */
export interface HeldSlice {
  readonly firstSeq: number;
  /** Bytes of the set's own stream before it. */
  readonly start: number;
  readonly lines: Buffer;
  /** The memory of `lines`, when it is used again. */
  readonly piece: LinePiece | undefined;
  /** Rows of the set's own stream before it and up to its end. */
  readonly rowsBefore: number;
  readonly rowsAtEnd: number;
  /** Time of the merged stream before it, unix ms: whoever is in it is at least there. */
  readonly fromTs: number;
  /** Present when a piece of the hash ends in it. */
  readonly point: StreamPoint | undefined;
}

const NEWLINE = 10;

/** Start of the line in which byte `offset` of the stream lies. */
export function lineStart({ start, lines }: HeldSlice, offset: number): number {
  if (offset === start) return start;
  return start + lines.lastIndexOf(NEWLINE, offset - start - 1) + 1;
}

/** End of the line in which byte `place` of a slice lies. */
export function lineEnd(lines: Buffer, place: number): number {
  const newline = lines.indexOf(NEWLINE, place);
  return newline < 0 ? lines.length : newline + 1;
}

/** Number of the row in which byte `offset` of the stream lies. */
export function rowAt({ start, lines, rowsBefore }: HeldSlice, offset: number): number {
  let row = rowsBefore;
  for (let place = lineEnd(lines, 0); place <= offset - start; place = lineEnd(lines, place)) row += 1;
  return row;
}

/** Where a row of the slice begins in the stream. */
export function rowStart({ start, lines, rowsBefore }: HeldSlice, row: number): number {
  let place = 0;
  for (let next = rowsBefore; next < row; next++) place = lineEnd(lines, place);
  return start + place;
}

/** What one write can take. */
const STRETCH_BYTES = 64 * 1024;
const stretch = Buffer.allocUnsafeSlow(STRETCH_BYTES);

/**
 * The slice at `place` and those that follow it, as far as one write can take them: a write costs more than a copy. Its lines
 * are void with the next call. A slice that has none to follow it, or no room beside it, is given as it is.
 */
export function joined(slices: readonly HeldSlice[], place: number, first: HeldSlice): HeldSlice {
  let last = first;
  let size = first.lines.length;
  for (let next = place + 1; next < slices.length; next++) {
    const slice = slices[next];
    if (slice === undefined || size + slice.lines.length > STRETCH_BYTES) break;
    if (last === first) first.lines.copy(stretch);
    slice.lines.copy(stretch, size);
    size += slice.lines.length;
    last = slice;
  }
  return last === first ? first : { ...first, lines: stretch.subarray(0, size), rowsAtEnd: last.rowsAtEnd };
}
