import { encodeLine, natural, naturals, parseFields, text } from './fields.ts';
import { decodeOrder, encodeOrder } from './order.ts';

/** Closes a slice; the data messages of the slice come before it on the same connection. */
export interface ClockMessage {
  readonly epoch: number;
  /** Counts the clock messages of an epoch: for people who look on, never a position. */
  readonly slice: number;
  /** Number of the slice's first row in the merged stream, from 0. The position. */
  readonly firstSeq: number;
  readonly rows: number;
  /** Time of the last row, unix ms. */
  readonly ts: number;
  /** Indices in the plan of the topics that have rows in the slice, ascending. */
  readonly topics: readonly number[];
  /** Rows of each of these topics. */
  readonly counts: readonly number[];
  /** Runs in the order of the stream; see order.ts. */
  readonly order: Uint32Array;
  /** The stream ends with this slice. */
  readonly end: boolean;
}

export function encodeClock(clock: ClockMessage): Uint8Array {
  return encodeLine({
    epoch: clock.epoch,
    slice: clock.slice,
    first_seq: clock.firstSeq,
    rows: clock.rows,
    ts: clock.ts,
    topics: clock.topics,
    counts: clock.counts,
    order: encodeOrder(clock.order),
    ...(clock.end ? { end: true } : {}),
  });
}

/** Throws STREAM_FAILED when a field is missing or has another type. */
export function decodeClock(bytes: Uint8Array): ClockMessage {
  const fields = parseFields('clock', bytes);
  return {
    epoch: natural('clock', fields, 'epoch'),
    slice: natural('clock', fields, 'slice'),
    firstSeq: natural('clock', fields, 'first_seq'),
    rows: natural('clock', fields, 'rows'),
    ts: natural('clock', fields, 'ts'),
    topics: naturals('clock', fields, 'topics'),
    counts: naturals('clock', fields, 'counts'),
    order: decodeOrder(text('clock', fields, 'order')),
    end: fields.end === true,
  };
}
