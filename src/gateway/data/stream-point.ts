import { EMPTY_HASH, type HashState } from './stream-hash.ts';

/**
 * A slice border from which the stream of a set of topics can begin again: all that came before is summed up in it.
 * The piece that `hash` ends with may end inside the slice that follows.
 */
export interface StreamPoint {
  /** Number of the slice's first row in the merged stream. */
  readonly seq: number;
  /** Bytes and rows of the set's own stream before it. */
  readonly bytes: number;
  readonly rows: number;
  /** Undefined when the stream before it was not seen whole: it has no hash from here on. */
  readonly hash: HashState | undefined;
}

/** The beginning of a stream whose first row is row `seq` of the merged stream or a later one. */
export function originAt(seq: number): StreamPoint {
  return { seq, bytes: 0, rows: 0, hash: EMPTY_HASH };
}

export const ORIGIN = originAt(0);
