import { AegisError } from '../model/errors.ts';
import type { BatchMemory, ClaimMemory } from '../tape/batch-memory.ts';
import type { ColumnTape } from '../tape/column-tape.ts';
import type { TapeBatch, TapeReader } from '../tape/reader.ts';
import type { BatchPool } from './batch-pool.ts';

/** A batch as the hot path reads it: `json` is a Buffer, whose `copy` allocates nothing. */
export interface Batch {
  readonly rows: number;
  /** Unix µs. */
  readonly time: Float64Array;
  /** What the stream is ordered by, ascending: the time, in a recording the number of the row. */
  readonly order: Float64Array;
  readonly json: Buffer;
  /** Row i is `json[offsets[i]] … json[offsets[i + 1]]`; `json` is empty while nobody wants lines. */
  readonly offsets: Int32Array;
  /** Number of its tape, and its own there. */
  readonly tape: number;
  readonly index: number;
}

/** Opens the tape number `index` of a topic. */
export type OpenTape = (index: number) => TapeReader;

export interface TopicSource {
  readonly topic: string;
  /** Its place among rows of one time; default: its index. */
  readonly rank?: number;
  /** Unix ms: earlier rows are left out. Default: the beginning of the range. */
  readonly from?: number;
  readonly tapes: number;
  readonly open: OpenTape;
  /** Opens the typed columns of a tape; missing where nobody can ask for them. */
  readonly openColumns?: (index: number) => ColumnTape;
}

/** What is read of a batch beside times and sizes. */
export interface BatchContent {
  /** The rows' JSON. */
  lines: boolean;
}

/** The next row of a topic: number of the tape, batch in the tape, row in the batch. Plain data. */
export interface CursorPosition {
  readonly tape: number;
  readonly batch: number;
  readonly row: number;
}

export const FIRST_ROW: CursorPosition = { tape: 0, batch: 0, row: 0 };

const US_PER_MS = 1_000;

/** Reads the rows of one topic in order, one decoded batch at a time. */
export class TopicCursor {
  readonly topic: string;
  /** The current batch; meaningless when `done`. */
  batch: Batch;
  /** The current row within the batch. */
  row = 0;
  /** Rows of the batch from here on lie beyond the range. */
  limit = 0;
  done = false;

  readonly #source: TopicSource;
  readonly #fromUs: number;
  readonly #toUs: number;
  #reader: TapeReader | undefined;
  #tape = 0;
  #batchIndex = 0;
  #lastOrder = -Infinity;
  readonly #pool: BatchPool | undefined;
  readonly #content: BatchContent;
  #memory: BatchMemory | undefined;

  /**
   * `from` is included, `to` is not, both unix ms.
   * @param pool of the memory of batches; default: new memory for each.
   * @param content what the batches that are read from now on have; default: everything.
   */
  constructor(
    source: TopicSource,
    range: { readonly from: number; readonly to: number },
    pool?: BatchPool,
    content: BatchContent = { lines: true },
  ) {
    this.#pool = pool;
    this.#content = content;
    this.topic = source.topic;
    this.batch = EMPTY_BATCH;
    this.#source = source;
    this.#fromUs = Math.max(range.from, source.from ?? range.from) * US_PER_MS;
    this.#toUs = range.to * US_PER_MS;
    this.seek(FIRST_ROW);
  }

  /** What the current row is ordered by. */
  get order(): number {
    return this.batch.order[this.row] ?? Infinity;
  }

  get position(): CursorPosition {
    return { tape: this.#tape, batch: this.#batchIndex, row: this.row };
  }

  seek({ tape, batch, row }: CursorPosition): void {
    this.close();
    this.done = false;
    this.#lastOrder = -Infinity;
    this.#tape = tape;
    if (!this.#openTape()) return;
    this.#batchIndex = batch;
    this.#load(row);
  }

  /** Goes on to the next batch; called when `row` has reached `limit`. */
  next(): void {
    if (this.limit < this.batch.rows) {
      this.#end();
      return;
    }
    this.#batchIndex += 1;
    this.#load(0);
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#leaveBatch();
  }

  #leaveBatch(): void {
    this.batch = EMPTY_BATCH;
    if (this.#memory !== undefined) this.#pool?.retire(this.#memory);
    this.#memory = undefined;
  }

  #openTape(): boolean {
    if (this.#tape >= this.#source.tapes) {
      this.#end();
      return false;
    }
    this.#reader = this.#source.open(this.#tape);
    this.#batchIndex = 0;
    return true;
  }

  /** Makes the first row of the range at or after `row` of the current batch the current row. */
  #load(row: number): void {
    let first = row;
    for (;;) {
      while (this.#reader !== undefined && this.#batchIndex >= this.#reader.batches) {
        this.close();
        this.#tape += 1;
        first = 0;
        if (!this.#openTape()) return;
      }
      if (this.#reader === undefined) return;
      this.#take(this.#read(this.#reader), first);
      if (this.row < this.limit) return;
      if (this.limit < this.batch.rows) {
        this.#end();
        return;
      }
      this.#batchIndex += 1;
      first = 0;
    }
  }

  #read(reader: TapeReader): TapeBatch {
    this.#leaveBatch();
    const pool = this.#pool;
    if (pool === undefined) return reader.batch(this.#batchIndex);
    const claim: ClaimMemory = (size) => {
      this.#memory = pool.claim(size);
      return this.#memory;
    };
    return reader.batch(this.#batchIndex, claim, this.#content.lines);
  }

  #take(batch: TapeBatch, first: number): void {
    const { time, seq, rows } = batch;
    const order = seq ?? time;
    this.#checkOrder(order, rows);
    let row = first;
    let limit = rows;
    // A recording is played as a whole: its times need not ascend.
    if (seq === undefined) {
      while (row < rows && (time[row] ?? 0) < this.#fromUs) row += 1;
      while (limit > row && (time[limit - 1] ?? 0) >= this.#toUs) limit -= 1;
    }
    const json = Buffer.from(batch.json.buffer, batch.json.byteOffset, batch.json.byteLength);
    this.batch = { rows, time, order, json, offsets: batch.offsets, tape: this.#tape, index: this.#batchIndex };
    this.row = row;
    this.limit = limit;
  }

  /** A tape out of order would make the whole stream lie about time. */
  #checkOrder(order: Float64Array, rows: number): void {
    let last = this.#lastOrder;
    for (let row = 0; row < rows; row++) {
      const now = order[row] ?? Number.NaN;
      if (!(now >= last)) {
        throw new AegisError(
          'TAPE_DAMAGED',
          `row ${row} of batch ${this.#batchIndex} is earlier than the row before it`,
          {
            where: `topic ${this.topic}, tape ${this.#tape}`,
          },
        );
      }
      last = now;
    }
    this.#lastOrder = last;
  }

  #end(): void {
    this.close();
    this.row = 0;
    this.limit = 0;
    this.#tape = this.#source.tapes;
    this.#batchIndex = 0;
    this.done = true;
  }
}

export const EMPTY_BATCH: Batch = {
  rows: 0,
  time: new Float64Array(0),
  order: new Float64Array(0),
  json: Buffer.alloc(0),
  offsets: new Int32Array(1),
  tape: -1,
  index: -1,
};
