import { LINE_MIDDLE } from '../../model/wire/line.ts';
import { lineEnd } from './held-slice.ts';

/** Lines with their numbers, as a component that asked for `seq` reads them. */
export interface NumberedLines {
  /** Valid until the next call. */
  readonly bytes: Buffer;
  /** Where each line ends: in `bytes`, and in the lines it was made from. */
  readonly ends: readonly { readonly numbered: number; readonly plain: number }[];
}

/** `,"seq":` and the digits of the largest number. */
const MAX_EXTRA = 8 + 16;
let scratch = Buffer.alloc(0);

/**
 * Puts `,"seq":<n>` between the time and the data of each line, from byte `from` on and with `firstSeq` for the first:
 * as many lines as fit into `limit` bytes, but at least one.
 */
export function numberLines(lines: Buffer, from: number, firstSeq: number, limit: number): NumberedLines {
  const ends: { numbered: number; plain: number }[] = [];
  let place = from;
  let size = 0;
  while (place < lines.length) {
    const end = lineEnd(lines, place);
    const needed = size + end - place + MAX_EXTRA;
    if (size > 0 && needed > limit) break;
    if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(Math.max(needed, limit));
    // A session id and a topic are tokens: the first `,"data":` of a line is the envelope's.
    const middle = lines.indexOf(LINE_MIDDLE, place);
    size += lines.copy(scratch, size, place, middle);
    size += scratch.write(`,"seq":${firstSeq + ends.length}`, size, 'latin1');
    size += lines.copy(scratch, size, middle, end);
    place = end;
    ends.push({ numbered: size, plain: place });
  }
  return { bytes: scratch.subarray(0, size), ends };
}
