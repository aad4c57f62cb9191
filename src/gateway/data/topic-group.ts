import { AegisError } from '../../model/errors.ts';
import { runBytes, runTopic } from '../../model/wire/order.ts';
import type { Slice } from './assembler.ts';
import { EMPTY_HASH, StreamHash } from './stream-hash.ts';
import type { StreamPoint } from './stream-point.ts';

/** A set's own lines of one slice, in the order of the stream, kept until every component has taken them. */
export interface HeldSlice {
  readonly firstSeq: number;
  /** Bytes of the set's own stream before it. */
  readonly start: number;
  readonly lines: Buffer;
  /** Rows of the set's own stream up to its end. */
  readonly rowsAtEnd: number;
  /** Present when a piece of the hash ends in it. */
  readonly point: StreamPoint | undefined;
}

export const ORIGIN: StreamPoint = { seq: 0, bytes: 0, rows: 0, hash: EMPTY_HASH };
const NEWLINE = 10;

/**
 * The stream of one set of topics. Components with the same set share it: their order is restored once, their hash is
 * computed once, and each keeps only how many bytes of it were delivered.
 */
export class TopicGroup {
  readonly #wanted: Uint8Array;
  #held: HeldSlice[] = [];
  #hash = new StreamHash();
  /** Slices below belong to what was summed up in the point it began with. */
  #seq = 0;
  #bytes = 0;
  #rows = 0;

  /** `topics`: indices in the plan. */
  constructor(topics: readonly number[], planTopics: number) {
    this.#wanted = new Uint8Array(planTopics);
    for (const topic of topics) this.#wanted[topic] = 1;
  }

  /** Bytes and rows of the stream so far, and its hash. */
  get bytes(): number {
    return this.#bytes;
  }

  get rows(): number {
    return this.#rows;
  }

  get hash(): string {
    return this.#hash.digest();
  }

  /** First row that somebody has not taken yet; undefined when everything is taken. */
  get heldSeq(): number | undefined {
    return this.#held[0]?.firstSeq;
  }

  restart(point: StreamPoint): void {
    this.#held = [];
    this.#seq = point.seq;
    this.#bytes = point.bytes;
    this.#rows = point.rows;
    this.#hash = new StreamHash(point.hash, point.bytes);
  }

  take({ clock, lines }: Slice): void {
    const { firstSeq, rows } = clock;
    if (firstSeq + rows <= this.#seq) return;
    if (firstSeq < this.#seq) {
      // Slice borders are a function of the tapes: another cut means other tapes.
      throw new AegisError('STREAM_FAILED', `row ${this.#seq} is no slice border any more: the tapes have changed`);
    }
    const own = this.#merge(clock.order, lines);
    if (own === undefined) return;
    const start = this.#bytes;
    const rowsBefore = this.#rows;
    for (const [place, topic] of clock.topics.entries()) {
      if (this.#wanted[topic] === 1) this.#rows += clock.counts[place] ?? 0;
    }
    this.#bytes += own.length;
    const point = this.#hash.update(own)
      ? { seq: firstSeq, bytes: start, rows: rowsBefore, hash: this.#hash.state }
      : undefined;
    this.#held.push({ firstSeq, start, lines: own, rowsAtEnd: this.#rows, point });
  }

  /** The slice in which byte `offset` of the stream lies; undefined when it has not come yet. */
  at(offset: number): HeldSlice | undefined {
    return this.#held.find(({ start, lines }) => offset >= start && offset < start + lines.length);
  }

  /** Everyone has taken the first `offset` bytes: forgets the slices below and returns them. */
  release(offset: number): readonly HeldSlice[] {
    let count = 0;
    for (const { start, lines } of this.#held) {
      if (start + lines.length > offset) break;
      count += 1;
    }
    return count === 0 ? NONE : this.#held.splice(0, count);
  }

  /** Restores the order of the set's own topics. Undefined when the slice has none of them. */
  #merge(order: Uint32Array, lines: Slice['lines']): Buffer | undefined {
    const present = lines.flatMap((part, topic) =>
      part !== undefined && part.length > 0 && this.#wanted[topic] === 1 ? [{ topic, part }] : [],
    );
    const [first] = present;
    if (first === undefined) return undefined;
    if (present.length === 1) return Buffer.from(first.part.buffer, first.part.byteOffset, first.part.byteLength);
    const total = present.reduce((sum, { part }) => sum + part.length, 0);
    const merged = Buffer.allocUnsafe(total);
    const parts: (Buffer | undefined)[] = new Array(lines.length);
    for (const { topic, part } of present) parts[topic] = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    const read = new Int32Array(lines.length);
    let place = 0;
    for (const word of order) {
      const topic = runTopic(word);
      const part = parts[topic];
      if (part === undefined) continue;
      const from = read[topic] ?? 0;
      const to = from + runBytes(word);
      place += part.copy(merged, place, from, to);
      read[topic] = to;
    }
    return merged;
  }
}

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

const NONE: readonly HeldSlice[] = [];
