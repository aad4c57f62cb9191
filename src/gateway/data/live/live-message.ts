import type { LogPosition } from '../../../model/wire/live-log.ts';

/** Rows of one topic as they arrive, live or out of the log. */
export interface LiveMessage {
  readonly subject: string;
  /** Whole lines. */
  readonly payload: Uint8Array;
  readonly at: LogPosition;
}

/** Number of the row after the message. */
export function endOf({ at }: LiveMessage): number {
  return at.seq + at.rows;
}

const NEWLINE = 10;

/** Its lines from row `seq` of the merged stream on: all of them, unless somebody has had the first ones. */
export function linesFrom({ at, payload }: LiveMessage, seq: number): Buffer {
  const lines = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let place = 0;
  for (let row = at.seq; row < seq && place < lines.length; row++) place = lines.indexOf(NEWLINE, place) + 1;
  return place === 0 ? lines : lines.subarray(place);
}
