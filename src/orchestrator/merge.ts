import { AegisError } from '../model/errors.ts';
import { MAX_RUN_BYTES } from '../model/wire/order.ts';
import { SLICE_BYTES, SLICE_ROWS } from '../model/wire/slice-limits.ts';
import { timeDigits } from './line-head.ts';
import type { SliceRuns } from './slice-runs.ts';
import { type CursorPosition, FIRST_ROW, type TopicCursor } from './topic-cursor.ts';
import { TopicHeap } from './topic-heap.ts';

export interface MergeTopic {
  readonly cursor: TopicCursor;
  /** Its place among rows of one time. */
  readonly rank: number;
  /** Bytes of a line without its time and its data. */
  readonly lineOverhead: number;
}

const US_PER_MS = 1_000;

/**
 * The total order over all topics of a session: (time µs, rank of the topic, row of the topic); of a recording, the order in
 * which its rows were delivered. Cuts it into slices, without rendering them. Pure: given the same tapes it cuts the same slices.
 */
export class Merge {
  /** Number of the next row, from 0. */
  seq = 0;
  readonly #topics: readonly MergeTopic[];
  readonly #heap: TopicHeap;

  constructor(topics: readonly MergeTopic[]) {
    this.#topics = topics;
    this.#heap = new TopicHeap(topics.map(({ rank }) => rank));
    this.#fillHeap();
  }

  get done(): boolean {
    return this.#heap.size === 0;
  }

  /** Where each topic stands: with `seq`, all that is needed to go on from here. */
  positions(): CursorPosition[] {
    return this.#topics.map(({ cursor }) => cursor.position);
  }

  restore(seq: number, positions: readonly CursorPosition[]): void {
    for (const [index, { cursor }] of this.#topics.entries()) cursor.seek(positions[index] ?? FIRST_ROW);
    this.seq = seq;
    this.#fillHeap();
  }

  /** Appends the next slice to `runs`: at most `maxRows` rows and {@link SLICE_BYTES}, at least one row. */
  cut(runs: SliceRuns, maxRows: number = SLICE_ROWS): void {
    const { rows, bytes } = runs;
    const limit = rows + Math.min(maxRows, SLICE_ROWS);
    while (runs.rows < limit && !this.done && this.#addRun(runs, limit - runs.rows, bytes));
    this.seq += runs.rows - rows;
  }

  /**
   * Takes rows of the top topic as long as no other topic comes before them. False when the slice, which begins after
   * `before` bytes, is full.
   */
  #addRun(runs: SliceRuns, maxRows: number, before: number): boolean {
    const topic = this.#heap.top;
    const entry = this.#topics[topic];
    if (entry === undefined) return false;
    const { cursor, lineOverhead } = entry;
    const { batch, row: first } = cursor;
    const { time, order, offsets } = batch;
    const rival = this.#heap.rival;
    const bound = rival < 0 ? Infinity : this.#heap.head(rival);
    const winsTies = rival < 0 || this.#heap.winsTie(topic, rival);
    const last = Math.min(cursor.limit, first + maxRows);
    let room = before + SLICE_BYTES - runs.bytes;
    let bytes = 0;
    let row = first;
    let full = false;
    while (row < last) {
      const now = order[row] ?? Infinity;
      if (now > bound || (now === bound && !winsTies)) break;
      const ts = Math.floor((time[row] ?? 0) / US_PER_MS);
      const size = lineOverhead + timeDigits(ts) + (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
      if (size > room && runs.bytes + bytes > before) {
        full = true;
        break;
      }
      room -= size;
      bytes += size;
      row += 1;
      runs.ts = ts;
    }
    if (bytes > MAX_RUN_BYTES) {
      throw new AegisError('TAPE_DAMAGED', `a row has ${bytes} bytes`, { where: `topic ${cursor.topic}` });
    }
    if (row > first) runs.add(topic, batch, first, row - first, bytes);
    cursor.row = row;
    this.#moveOn(cursor);
    return !full;
  }

  #moveOn(cursor: TopicCursor): void {
    if (cursor.row >= cursor.limit) cursor.next();
    if (cursor.done) this.#heap.remove();
    else this.#heap.advance(cursor.order);
  }

  #fillHeap(): void {
    this.#heap.clear();
    for (const [index, { cursor }] of this.#topics.entries()) if (!cursor.done) this.#heap.push(index, cursor.order);
  }
}
