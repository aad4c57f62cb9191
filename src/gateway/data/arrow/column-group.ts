import { AegisError } from '../../../model/errors.ts';
import { fullTopic } from '../../../model/topic.ts';
import type { SliceColumns } from '../../../model/wire/column-block.ts';
import { PACK_ROWS, SLICE_ROWS } from '../../../model/wire/slice-limits.ts';
import type { Slice } from '../assembler.ts';
import { PointLog } from '../point-log.ts';
import type { StreamGroup } from '../stream-group.ts';
import { originAt, type StreamPoint } from '../stream-point.ts';
import type { StreamStart } from '../stream-position.ts';
import type { LiveRows } from '../topic-group.ts';
import type { ArrowSchema } from './arrow-schema.ts';
import { BatchMemory, EncodedBatch } from './batch-memory.ts';
import { type ColumnChunk, newChunk } from './column-chunk.ts';
import { ColumnHash, PIECE_ROWS } from './column-hash.ts';
import { laterRows } from './later-rows.ts';
import { columnsOfLines, columnsOfSlice, type WantedTopics } from './line-slices.ts';
import { type ChunkPart, encodeBatch } from './record-batch.ts';
import { type ChunkTopic, SliceMerge } from './slice-merge.ts';

/** Of one record batch. */
export const MAX_BATCH_ROWS = 16_384;
const MAX_BATCH_BYTES = 1024 * 1024;

/** A chunk of more rows has room for a whole slice. */
const KEPT_ROWS = 256;
/** What a chunk needs beside its values: most of it when it has a single row. */
const CHUNK_BYTES = 4096;

/** Rows of the group that came together, kept until every component has taken them. */
export interface HeldRows {
  readonly firstSeq: number;
  /** Rows of the group's own stream before them and up to their end. */
  readonly rowsBefore: number;
  readonly rowsAtEnd: number;
  /** Memory that all rows before them have needed. */
  readonly sizeBefore: number;
  readonly chunk: ColumnChunk;
  /** Time of the merged stream before them, unix ms. */
  readonly fromTs: number;
  /** Present when a piece of the hash ends in them. */
  readonly point: StreamPoint | undefined;
}

export interface ColumnGroupOptions {
  readonly sessionId: string;
  readonly schema: ArrowSchema;
  /** Short topics by their index in the plan; undefined where the group does not have the topic. */
  readonly topics: WantedTopics;
  /** Rows of the merged stream below are not part of it. */
  readonly fromSeq: number;
}

/**
 * The stream of one list of topics as columns: what a `TopicGroup` is for lines, and used in its place. Its places are numbers
 * of rows.
 */
export class ColumnGroup {
  readonly format = 'arrow';
  readonly schema: ArrowSchema;
  readonly #options: ColumnGroupOptions;
  readonly #topics: readonly (ChunkTopic | undefined)[];
  /** Of the full topics, in the plan. */
  readonly #indices: ReadonlyMap<string, number>;
  #held: HeldRows[] = [];
  #hash: ColumnHash | undefined;
  #batch: EncodedBatch | undefined;
  /** Chunks that everyone has taken. */
  readonly #free: ColumnChunk[] = [];
  readonly #memory = new BatchMemory();
  readonly #origin: StreamPoint;
  #points: PointLog;
  #seq: number;
  #rows = 0;
  #size = 0;
  /** Rows below are in chunks that another group has as well. */
  #shared = 0;
  #ts: number | undefined;
  #total: number | undefined;

  constructor(options: ColumnGroupOptions) {
    const { sessionId, schema, topics, fromSeq } = options;
    this.schema = schema;
    this.#options = options;
    this.#topics = topics.map((topic) =>
      topic === undefined ? undefined : { topic: schema.topics.indexOf(topic), places: schema.placesOf(topic) },
    );
    this.#indices = new Map(
      topics.flatMap((topic, index) => (topic === undefined ? [] : [[fullTopic(sessionId, topic), index]])),
    );
    this.#hash = new ColumnHash(schema);
    this.#origin = originAt(fromSeq);
    this.#points = new PointLog(this.#origin);
    this.#seq = fromSeq;
  }

  /** `topics`: of a component, in its order. */
  isOf(topics: readonly string[], fromSeq: number): boolean {
    return this.schema.topics.join() === topics.join() && this.#origin.seq === fromSeq;
  }

  wants(topic: number | undefined): boolean {
    return topic !== undefined && this.#topics[topic] !== undefined;
  }

  /** Where it begins. */
  get origin(): StreamPoint {
    return this.#origin;
  }

  /** Where the stream is so far: its rows, as everywhere in this class. */
  get bytes(): number {
    return this.#rows;
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
    return this.#size - (this.#held[0]?.sizeBefore ?? this.#size);
  }

  /** Bytes that are held for one who has taken `offset` rows. */
  heldAfter(offset: number): number {
    return this.#size - (this.#held[this.#placeOf(offset)]?.sizeBefore ?? this.#size);
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

  /** The nearest place at row `seq` of the merged stream or after it from which the stream can begin again. */
  pointFrom(seq: number): StreamPoint | undefined {
    return this.#points.from(seq);
  }

  /** True when nothing that comes after `start` has been forgotten. */
  holds(start: StreamStart): boolean {
    const row = 'row' in start ? start.row : start.offset;
    return row >= (this.#held[0]?.rowsBefore ?? this.#rows);
  }

  /** The place of row `row`; undefined when it has not come yet. */
  offsetOf(row: number): number | undefined {
    return row <= this.#rows ? row : undefined;
  }

  rowAt(offset: number): number {
    return offset;
  }

  restart(point: StreamPoint): void {
    this.#points.add(point);
    this.#recycle(this.#held);
    this.#held = [];
    this.#leaveBatch();
    this.#seq = point.seq;
    this.#rows = point.rows;
    this.#ts = undefined;
    this.#hash = point.hash === undefined ? undefined : new ColumnHash(this.schema, point.hash, point.rows);
  }

  /** The same stream from a point on, in a group of its own. */
  restartedAt(point: StreamPoint): ColumnGroup {
    const group = new ColumnGroup(this.#options);
    group.#points = this.#points.copy();
    group.restart(point);
    return group;
  }

  /** The same stream at the same place, with what is held. Only of a group that is given single messages. */
  fork(): ColumnGroup {
    const fork = new ColumnGroup(this.#options);
    fork.#points = this.#points.copy();
    fork.#hash = this.#hash?.copy();
    // Whoever of the two releases them first must not use them again.
    fork.#held = [...this.#held];
    fork.#shared = this.#rows;
    this.#shared = this.#rows;
    fork.#seq = this.#seq;
    fork.#rows = this.#rows;
    fork.#ts = this.#ts;
    return fork;
  }

  /** True when both are the same stream at the same place, and whoever has taken `offset` rows can change over to this. */
  canTake(other: StreamGroup, offset: number): boolean {
    if (!(other instanceof ColumnGroup)) return false;
    const same =
      this.isOf(other.schema.topics, other.#origin.seq) && this.#seq === other.#seq && this.#rows === other.#rows;
    return same && this.holds({ offset }) && (this.#hash !== undefined || other.#hash === undefined);
  }

  /** Goes on with row `seq` of the merged stream, whatever was to come before or has come after it. Ends the hash. */
  jump(seq: number): void {
    this.#seq = seq;
    this.#hash = undefined;
    this.#points.cut(seq);
  }

  /** Rows of a realtime stream. What was taken already must have been cut off. */
  takeLive({ seq, rows, ts, lines }: LiveRows): void {
    const fromTs = this.#reach(seq + rows, ts);
    if (lines.length > 0) this.#append(columnsOfLines(this.#options.topics, this.#indices, lines), seq, fromTs);
  }

  take(slice: Slice): void {
    const { firstSeq, rows, ts } = slice.clock;
    if (firstSeq + rows <= this.#seq) return;
    const known = Math.max(0, this.#seq - firstSeq);
    if (known > 0 && rows <= SLICE_ROWS) {
      // Slice borders are a function of the tapes: another cut means other tapes.
      throw new AegisError('STREAM_FAILED', `row ${this.#seq} is no slice border any more: the tapes have changed`);
    }
    const fromTs = this.#reach(firstSeq + rows, ts);
    const columns = columnsOfSlice(this.#options.topics, slice);
    // Several slices that travel as one may begin before the row that is awaited.
    this.#append(known > 0 ? laterRows(columns, known) : columns, firstSeq + known, fromTs);
  }

  /** The held rows among which row `offset` of the stream is; undefined when it has not come yet. */
  at(offset: number): HeldRows | undefined {
    const held = this.#held[this.#placeOf(offset)];
    return held !== undefined && offset >= held.rowsBefore ? held : undefined;
  }

  /** What one who has taken `row` rows gets next; undefined when there is nothing. Encoded once for all who are there. */
  batchAt(row: number): EncodedBatch | undefined {
    if (this.#batch?.from === row) return this.#batch;
    const parts: ChunkPart[] = [];
    let rows = 0;
    let bytes = 0;
    for (const { chunk, rowsBefore } of this.#held.slice(this.#placeOf(row))) {
      if (rowsBefore > row + rows) break;
      const from = row + rows - rowsBefore;
      if (rows > 0 && (rows + chunk.rows > MAX_BATCH_ROWS || bytes + chunk.bytes > MAX_BATCH_BYTES)) break;
      parts.push({ chunk, from, to: chunk.rows });
      rows += chunk.rows - from;
      bytes += chunk.bytes;
    }
    if (rows === 0) return undefined;
    this.#leaveBatch();
    let memory: Buffer = Buffer.alloc(0);
    const encoded = encodeBatch(parts, row, (size) => {
      memory = this.#memory.claim(size);
      return memory;
    });
    this.#batch = new EncodedBatch({ from: row, to: row + rows }, encoded, memory, this.#memory);
    return this.#batch;
  }

  /** The nearest border before row `offset` of the stream; undefined when that is not held. */
  placeAt(offset: number): StreamPoint | undefined {
    if (!this.holds({ offset })) return undefined;
    const held = this.at(offset);
    if (held === undefined) return { seq: this.#seq, bytes: this.#rows, rows: this.#rows, hash: undefined };
    return { seq: held.firstSeq, bytes: held.rowsBefore, rows: held.rowsBefore, hash: undefined };
  }

  /** How far a taker of the first `offset` rows is behind, in rows and in ms of market time; to the slice. */
  lag(offset: number): { readonly rows: number; readonly ms: number } {
    const held = this.at(offset);
    if (held === undefined || this.#ts === undefined) return { rows: 0, ms: 0 };
    return { rows: this.#rows - held.rowsBefore, ms: Math.max(0, this.#ts - held.fromTs) };
  }

  /** Everyone has taken the first `offset` rows: forgets what came before and tells what that was. */
  release(offset: number): readonly HeldRows[] {
    const released = this.#held.splice(0, this.#placeOf(offset));
    this.#recycle(released);
    return released;
  }

  /** Moves to the end of what has come. Returns the time before it, unix ms. */
  #reach(seq: number, ts: number): number {
    this.#seq = seq;
    const before = this.#ts ?? ts;
    this.#ts = ts;
    return before;
  }

  #append(columns: SliceColumns, firstSeq: number, fromTs: number): void {
    const merge = new SliceMerge(this.#topics, columns);
    if (merge.rows === 0) return;
    const chunk = this.#chunk(merge.rows);
    merge.into(chunk);
    const rowsBefore = this.#rows;
    const sizeBefore = this.#size;
    this.#rows += chunk.rows;
    this.#size += chunk.bytes + CHUNK_BYTES;
    const ends = this.#hash?.update(chunk) ?? pieceOf(rowsBefore) !== pieceOf(this.#rows);
    const place = { seq: firstSeq, bytes: rowsBefore, rows: rowsBefore };
    const point = ends ? { ...place, hash: this.#hash?.state } : undefined;
    if (point !== undefined) this.#points.add(point);
    this.#held.push({ firstSeq, rowsBefore, rowsAtEnd: this.#rows, sizeBefore, chunk, fromTs, point });
  }

  /** Slices of recorded data are of one size, and their chunks worth keeping. */
  #chunk(rows: number): ColumnChunk {
    const free = this.#free.at(-1);
    if (free !== undefined && free.capacity >= rows) return this.#free.pop() ?? free;
    return newChunk(this.schema.columns, rows > KEPT_ROWS ? PACK_ROWS : rows);
  }

  #recycle(held: readonly HeldRows[]): void {
    for (const { chunk, rowsAtEnd } of held) {
      if (chunk.capacity === PACK_ROWS && rowsAtEnd > this.#shared) this.#free.push(chunk);
    }
  }

  #leaveBatch(): void {
    this.#batch?.leave();
    this.#batch = undefined;
  }

  /** Place of the first held rows that end after row `offset`. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#held[middle]?.rowsAtEnd ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pieceOf(rows: number): number {
  return Math.floor(rows / PIECE_ROWS);
}
