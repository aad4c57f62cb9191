import type { StreamPoint } from './stream-point.ts';

/** A topic set's own lines of one slice, in the order of the stream, kept until every component has taken them. */
export interface HeldSlice {
  readonly firstSeq: number;
  /** Bytes of the set's own stream before it. */
  readonly start: number;
  readonly lines: Buffer;
  /** The buffer of `lines`, when it can be used again. */
  readonly reusable: Buffer | undefined;
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
