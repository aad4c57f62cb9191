import { AegisError } from '../../model/errors.ts';
import type { Slice } from './assembler.ts';
import { type HeldSlice, joined, rowAt, rowStart } from './held-slice.ts';
import { LineMemory } from './line-memory.ts';
import { bytesOf, mergeLines, rowsOf } from './merge-lines.ts';
import { PointLog } from './point-log.ts';
import type { StreamGroup } from './stream-group.ts';
import { PIECE_BYTES, StreamHash } from './stream-hash.ts';
import { originAt, type StreamPoint } from './stream-point.ts';
import type { StreamStart } from './stream-position.ts';

/** Rows of a realtime stream that follow each other. */
export interface LiveRows {
  /** Number of the first one in the merged stream, and how many there are. */
  readonly seq: number;
  readonly rows: number;
  /** Time of the last one, unix ms. */
  readonly ts: number;
  /** Lines of the rows that are the group's own, and their number. */
  readonly lines: Buffer;
  readonly ownRows: number;
}

/**
 * The stream of one set of topics. Components with the same set share it: their order is restored once, their hash is
 * computed once, and each keeps only how many bytes of it were delivered.
 */
export class TopicGroup {
  readonly format = 'ndjson';
  readonly #topics: readonly number[];
  readonly #wanted: Uint8Array;
  #held: HeldSlice[] = [];
  readonly #memory = new LineMemory();
  /** Undefined when rows before were lost, or not seen. */
  #hash: StreamHash | undefined = new StreamHash();
  readonly #origin: StreamPoint;
  #points: PointLog;
  /** Slices below were taken already, or are summed up in the point it began with. */
  #seq: number;
  #bytes = 0;
  #rows = 0;
  /** Time of the newest slice, unix ms; undefined before the first. */
  #ts: number | undefined;
  #total: number | undefined;

  /** `topics`: indices in the plan. `fromSeq`: rows of the merged stream below are not part of it. */
  constructor(topics: readonly number[], fromSeq: number) {
    this.#topics = topics;
    this.#wanted = new Uint8Array(Math.max(...topics) + 1);
    for (const topic of topics) this.#wanted[topic] = 1;
    this.#origin = originAt(fromSeq);
    this.#points = new PointLog(this.#origin);
    this.#seq = fromSeq;
  }

  isOf(topics: readonly number[], fromSeq: number): boolean {
    return this.#topics.join() === topics.join() && this.#origin.seq === fromSeq;
  }

  wants(topic: number | undefined): boolean {
    return topic !== undefined && this.#wanted[topic] === 1;
  }

  /** Where it begins. */
  get origin(): StreamPoint {
    return this.#origin;
  }

  /** Bytes and rows of the stream so far, and its hash. */
  get bytes(): number {
    return this.#bytes;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Undefined when the stream was not seen whole. */
  get hash(): string | undefined {
    return this.#hash?.digest();
  }

  /** Bytes that somebody has not taken yet. */
  get heldBytes(): number {
    return this.#bytes - (this.#held[0]?.start ?? this.#bytes);
  }

  /** Bytes that are held for one who has taken `offset` bytes. */
  heldAfter(offset: number): number {
    return this.#bytes - offset;
  }

  /** First row that somebody has not taken yet; undefined when everything is taken. */
  get heldSeq(): number | undefined {
    return this.#held[0]?.firstSeq;
  }

  /** Number of the next row of the merged stream that it waits for. */
  get seq(): number {
    return this.#seq;
  }

  /** Time of the newest row of the merged stream that it has had, unix ms; undefined before the first. */
  get ts(): number | undefined {
    return this.#ts;
  }

  /** Rows of the whole stream; undefined until its end was seen. */
  get total(): number | undefined {
    return this.#total;
  }

  /** The stream ends where it is now. */
  end(): void {
    this.#total = this.#rows;
  }

  /** The nearest place before a row from which the stream can begin again. */
  pointBefore(row: number): StreamPoint {
    return this.#points.before(row);
  }

  /** True when nothing that comes after `start` has been forgotten. */
  holds(start: StreamStart): boolean {
    const first = this.#held[0];
    if ('row' in start) return start.row >= (first?.rowsBefore ?? this.#rows);
    return start.offset >= (first?.start ?? this.#bytes);
  }

  /** Where row `row` begins; undefined when it is not held. */
  offsetOf(row: number): number | undefined {
    if (row === 0) return 0;
    const slice = this.#held.find(({ rowsBefore, rowsAtEnd }) => row >= rowsBefore && row < rowsAtEnd);
    if (slice !== undefined) return rowStart(slice, row);
    return row === this.#rows ? this.#bytes : undefined;
  }

  /** Number of the row in which byte `offset` lies; undefined when it is not held. */
  rowAt(offset: number): number | undefined {
    if (offset === 0) return 0;
    if (offset === this.#bytes) return this.#rows;
    const slice = this.at(offset);
    return slice === undefined ? undefined : rowAt(slice, offset);
  }

  restart(point: StreamPoint): void {
    this.#points.add(point);
    this.#recycle(this.#held);
    this.#held = [];
    this.#seq = point.seq;
    this.#bytes = point.bytes;
    this.#rows = point.rows;
    this.#ts = undefined;
    this.#hash = point.hash === undefined ? undefined : new StreamHash(point.hash, point.bytes);
  }

  /** The same stream from a point on, in a group of its own. */
  restartedAt(point: StreamPoint): TopicGroup {
    const group = new TopicGroup(this.#topics, this.#origin.seq);
    group.#points = this.#points.copy();
    group.restart(point);
    return group;
  }

  /** The same stream at the same place, with what is held. Only of a group that is given single messages. */
  fork(): TopicGroup {
    const fork = new TopicGroup(this.#topics, this.#origin.seq);
    fork.#points = this.#points.copy();
    fork.#hash = this.#hash?.copy();
    fork.#held = [...this.#held];
    fork.#seq = this.#seq;
    fork.#bytes = this.#bytes;
    fork.#rows = this.#rows;
    fork.#ts = this.#ts;
    return fork;
  }

  /** True when both are the same stream at the same place, and whoever has taken `offset` bytes can change over to this. */
  canTake(other: StreamGroup, offset: number): boolean {
    if (!(other instanceof TopicGroup)) return false;
    const same = this.isOf(other.#topics, other.#origin.seq) && this.#seq === other.#seq;
    const level = this.#bytes === other.#bytes && this.#rows === other.#rows;
    return same && level && this.holds({ offset }) && (this.#hash !== undefined || other.#hash === undefined);
  }

  /** The nearest place at row `seq` of the merged stream or after it from which the stream can begin again. */
  pointFrom(seq: number): StreamPoint | undefined {
    return this.#points.from(seq);
  }

  /** Goes on with row `seq` of the merged stream, whatever was to come before or has come after it. Ends the hash. */
  jump(seq: number): void {
    this.#seq = seq;
    this.#hash = undefined;
    this.#points.cut(seq);
  }

  /** Rows of a realtime stream. What was taken already must have been cut off. */
  takeLive({ seq, rows, ts, lines, ownRows }: LiveRows): void {
    this.#seq = seq + rows;
    const fromTs = this.#ts ?? ts;
    this.#ts = ts;
    if (lines.length > 0) this.#append({ lines, piece: undefined }, { firstSeq: seq, rows: ownRows, fromTs });
  }

  /** Takes the set's own lines out of a slice; nothing of the slice itself is kept. */
  take(slice: Slice): void {
    const { firstSeq, rows, ts } = slice.clock;
    if (firstSeq + rows <= this.#seq) return;
    if (firstSeq < this.#seq) {
      // Slice borders are a function of the tapes: another cut means other tapes.
      throw new AegisError('STREAM_FAILED', `row ${this.#seq} is no slice border any more: the tapes have changed`);
    }
    this.#seq = firstSeq + rows;
    const fromTs = this.#ts ?? ts;
    this.#ts = ts;
    const bytes = bytesOf(slice, this.#wanted);
    if (bytes === 0) return;
    const merged = this.#memory.lend(bytes);
    mergeLines(slice, this.#wanted, merged.lines);
    this.#append(merged, { firstSeq, rows: rowsOf(slice, this.#wanted), fromTs });
  }

  /** The slice in which byte `offset` of the stream lies; undefined when it has not come yet. */
  at(offset: number): HeldSlice | undefined {
    const slice = this.#held[this.#placeOf(offset)];
    return slice !== undefined && offset >= slice.start ? slice : undefined;
  }

  /** The same, and with a small one those that follow it, as one. The lines are void with the next call for any group. */
  stretchAt(offset: number): HeldSlice | undefined {
    const place = this.#placeOf(offset);
    const first = this.#held[place];
    return first !== undefined && offset >= first.start ? joined(this.#held, place, first) : undefined;
  }

  /** Place of the first slice that ends after byte `offset`. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slice = this.#held[middle];
      if (slice !== undefined && slice.start + slice.lines.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The nearest border before byte `offset` of the stream; undefined when that is not held. */
  placeAt(offset: number): StreamPoint | undefined {
    if (!this.holds({ offset })) return undefined;
    const slice = this.at(offset);
    if (slice === undefined) return { seq: this.#seq, bytes: this.#bytes, rows: this.#rows, hash: undefined };
    return { seq: slice.firstSeq, bytes: slice.start, rows: slice.rowsBefore, hash: undefined };
  }

  /** How far a taker of the first `offset` bytes is behind, in rows and in ms of market time; to the slice. */
  lag(offset: number): { readonly rows: number; readonly ms: number } {
    const slice = this.at(offset);
    if (slice === undefined || this.#ts === undefined) return { rows: 0, ms: 0 };
    return { rows: this.#rows - slice.rowsBefore, ms: Math.max(0, this.#ts - slice.fromTs) };
  }

  /** Everyone has taken the first `offset` bytes: forgets the slices below and tells which; their lines are void. */
  release(offset: number): readonly HeldSlice[] {
    let count = 0;
    for (const { start, lines } of this.#held) {
      if (start + lines.length > offset) break;
      count += 1;
    }
    if (count === 0) return NONE;
    const released = this.#held.splice(0, count);
    this.#recycle(released);
    return released;
  }

  #append(
    merged: Pick<HeldSlice, 'lines' | 'piece'>,
    { firstSeq, rows, fromTs }: { readonly firstSeq: number; readonly rows: number; readonly fromTs: number },
  ): void {
    const start = this.#bytes;
    const rowsBefore = this.#rows;
    this.#rows += rows;
    this.#bytes += merged.lines.length;
    const ends = this.#hash?.update(merged.lines) ?? pieceOf(start) !== pieceOf(this.#bytes);
    const point = ends ? { seq: firstSeq, bytes: start, rows: rowsBefore, hash: this.#hash?.state } : undefined;
    if (point !== undefined) this.#points.add(point);
    this.#held.push({ ...merged, firstSeq, start, rowsBefore, rowsAtEnd: this.#rows, fromTs, point });
  }

  #recycle(slices: readonly HeldSlice[]): void {
    for (const { piece } of slices) if (piece !== undefined) this.#memory.giveBack(piece);
  }
}

function pieceOf(bytes: number): number {
  return Math.floor(bytes / PIECE_BYTES);
}

const NONE: readonly HeldSlice[] = [];
