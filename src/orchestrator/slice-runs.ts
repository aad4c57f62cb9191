import { runWord } from '../model/wire/order.ts';
import { PACK_ROWS } from '../model/wire/slice-limits.ts';
import { type Batch, EMPTY_BATCH } from './topic-cursor.ts';

/**
 * The rows of one slice before they are rendered, or of several whose columns travel together: runs of rows of one topic, in the order of the stream. Reused from
 * slice to slice, so that a row costs no allocation.
 */
export class SliceRuns {
  /** Number of runs. */
  count = 0;
  rows = 0;
  /** Length of all lines. */
  bytes = 0;
  /** Time of the last row, unix ms. */
  ts = 0;
  readonly topic = new Uint16Array(PACK_ROWS);
  readonly batch: Batch[] = Array.from({ length: PACK_ROWS }, () => EMPTY_BATCH);
  readonly firstRow = new Int32Array(PACK_ROWS);
  readonly runRows = new Int32Array(PACK_ROWS);
  readonly runBytes = new Int32Array(PACK_ROWS);
  readonly topicRows: Int32Array;
  readonly topicBytes: Int32Array;

  constructor(topics: number) {
    this.topicRows = new Int32Array(topics);
    this.topicBytes = new Int32Array(topics);
  }

  clear(): void {
    // A decoded batch must not outlive its last slice.
    this.batch.fill(EMPTY_BATCH, 0, this.count);
    this.count = 0;
    this.rows = 0;
    this.bytes = 0;
    this.topicRows.fill(0);
    this.topicBytes.fill(0);
  }

  add(topic: number, batch: Batch, firstRow: number, rows: number, bytes: number): void {
    const run = this.count;
    this.topic[run] = topic;
    this.batch[run] = batch;
    this.firstRow[run] = firstRow;
    this.runRows[run] = rows;
    this.runBytes[run] = bytes;
    this.count += 1;
    this.rows += rows;
    this.bytes += bytes;
    this.topicRows[topic] = (this.topicRows[topic] ?? 0) + rows;
    this.topicBytes[topic] = (this.topicBytes[topic] ?? 0) + bytes;
  }

  /** The order as the clock message carries it. */
  words(): Uint32Array {
    const words = new Uint32Array(this.count);
    for (let run = 0; run < this.count; run++) words[run] = runWord(this.topic[run] ?? 0, this.runBytes[run] ?? 0);
    return words;
  }

  /** Indices of the topics that have rows, ascending. */
  topics(): number[] {
    const present: number[] = [];
    for (const [topic, rows] of this.topicRows.entries()) if (rows > 0) present.push(topic);
    return present;
  }
}
