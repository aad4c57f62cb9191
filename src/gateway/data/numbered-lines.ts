import { lineEnd } from './held-slice.ts';

/** Lines with their numbers, as a component that asked for `seq` reads them. Valid until the next call. */
export interface NumberedLines {
  readonly bytes: Buffer;
  /** Lines in it. */
  readonly count: number;
  /** Where each line ends in `bytes`. */
  readonly ends: Int32Array;
  /** Where each line ends in the lines that it was made from. */
  readonly plainEnds: Int32Array;
}

const SEQ = Buffer.from(',"seq":', 'latin1');
/** {@link SEQ} and the digits of the largest number. */
const MAX_EXTRA = SEQ.length + 16;
const TOPIC = Buffer.from('"topic":"', 'latin1');
/** From the quote that ends the topic to the time. */
const TO_TIME = '","ts":'.length;
const [QUOTE, COMMA, ZERO] = [34, 44, 48];

let scratch = Buffer.alloc(0);
let ends = new Int32Array(0);
let plainEnds = new Int32Array(0);

/**
 * Puts `,"seq":<n>` between the time and the data of each line, from byte `from` on and with `firstSeq` for the first:
 * as many lines as fit into `limit` bytes, but at least one.
 */
export function numberLines(lines: Buffer, from: number, firstSeq: number, limit: number): NumberedLines {
  makeRoom(limit);
  const topicAt = lines.indexOf(TOPIC, from) + TOPIC.length - from;
  // What lies between two numbers is copied as one: the data of a line and the beginning of the next.
  let copied = from;
  let place = from;
  let size = 0;
  let count = 0;
  while (place < lines.length) {
    const end = lineEnd(lines, place);
    const needed = size + end - copied + MAX_EXTRA;
    if (count > 0 && needed > limit) break;
    if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(needed);
    const middle = middleOf(lines, place + topicAt);
    size += lines.copy(scratch, size, copied, middle);
    copied = middle;
    size = writeNumber(size, firstSeq + count);
    ends[count] = size + end - middle;
    plainEnds[count] = end;
    count += 1;
    place = end;
  }
  size += lines.copy(scratch, size, copied, place);
  return { bytes: scratch.subarray(0, size), count, ends, plainEnds };
}

/** Lines of which the first `bytes` bytes have all. */
export function wholeLines({ ends, count }: NumberedLines, bytes: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) <= bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

function makeRoom(limit: number): void {
  if (scratch.length < limit) scratch = Buffer.allocUnsafeSlow(limit);
  const most = Math.ceil(limit / MAX_EXTRA) + 1;
  if (ends.length >= most) return;
  ends = new Int32Array(most);
  plainEnds = new Int32Array(most);
}

/**
 * Where the data begin, with their comma: after the time, which follows the topic. A session id and a topic are tokens, without quotes.
 * Byte by byte: a search for it takes several times as long.
 */
function middleOf(lines: Buffer, topicAt: number): number {
  let place = topicAt;
  while (lines[place] !== QUOTE && place < lines.length) place += 1;
  place += TO_TIME;
  while (lines[place] !== COMMA && place < lines.length) place += 1;
  return place;
}

/** Writes {@link SEQ} and a number. Gives the place after it. */
function writeNumber(place: number, value: number): number {
  for (let index = 0; index < SEQ.length; index++) scratch[place + index] = SEQ[index] ?? 0;
  const start = place + SEQ.length;
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits += 1;
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const next = Math.floor(rest / 10);
    scratch[at] = ZERO + rest - 10 * next;
    rest = next;
  }
  return start + digits;
}
