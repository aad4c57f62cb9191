import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { LinePlan } from '../market/binance/archive/line-plan.ts';
import type { PlainLine } from '../market/binance/archive/plain-line.ts';
import type { TapeColumn } from '../market/binance/record/column.ts';
import { ArrowFile } from './arrow-file.ts';
import { type ColumnBuffer, columnBuffer, Int64Buffer, Utf8Buffer } from './column-buffer.ts';
import type { TapeManifest } from './manifest.ts';

/**
 * Rows per record batch. A reader of 64 topics holds one batch of each, 0.5 MB for aggTrades; larger ones do not make tapes
 * smaller or faster (29.0 MB per million rows with 4,096, 29.7 with 2,048).
 */
export const BATCH_ROWS = 2_048;

/** Rows that are gathered and hashed together: all their times, then all their JSON. A multiple of {@link BATCH_ROWS}. */
export const HASHED_ROWS = 16_384;

/** What the writer itself finds out about the rows. */
export type TapeContent = Pick<TapeManifest, 'rows' | 'firstTime' | 'lastTime' | 'contentSha256'>;

/**
 * Writes one tape: columns `time` (order time, unix µs), `json` (the row as components get it) and the typed columns.
 * Rows must come in order of time. Memory does not grow with the number of rows.
 */
export class TapeWriter<R> {
  readonly #path: string;
  readonly #file: ArrowFile;
  readonly #columns: readonly ColumnBuffer<R>[];
  readonly #plan: LinePlan | undefined;
  readonly #fills: readonly ((line: PlainLine, row: number) => void)[];
  readonly #schema: Schema;
  readonly #time = new Int64Buffer('time', HASHED_ROWS);
  readonly #json = new Utf8Buffer('json', HASHED_ROWS);
  readonly #hash = createHash('sha256');
  #gathered = 0;
  #rows = 0;
  #firstTime = 0;
  #lastTime = Number.NEGATIVE_INFINITY;

  /**
   * @param path of the new file; it must not exist.
   * @param plan for {@link appendLine}
   */
  constructor(path: string, columns: readonly TapeColumn<R>[], plan?: LinePlan) {
    this.#path = path;
    this.#columns = columns.map((column) => columnBuffer(column, HASHED_ROWS));
    this.#plan = plan;
    this.#fills = this.#columns.flatMap((column, index) => {
      const source = plan?.columns[index];
      return source === undefined ? [] : [column.fromLines(source)];
    });
    this.#schema = new Schema([this.#time, this.#json, ...this.#columns].map((buffer) => buffer.field));
    this.#file = new ArrowFile(path);
  }

  get rows(): number {
    return this.#rows;
  }

  append(timeUs: number, json: string, record: R): void {
    const row = this.#begin(timeUs);
    this.#json.set(row, json);
    for (const column of this.#columns) column.push(record, row);
    if (this.#gathered === HASHED_ROWS) this.#flush();
  }

  /** Appends the line at hand of the plan that the writer was made with. */
  appendLine(): void {
    const plan = this.#plan;
    if (plan === undefined) throw new TypeError('a tape without a plan takes no lines');
    const row = this.#begin(plan.line.timeUs);
    this.#json.fill(row, plan.json, plan.line);
    for (const fill of this.#fills) fill(plan.line, row);
    if (this.#gathered === HASHED_ROWS) this.#flush();
  }

  /** Writes what is left and the footer. `manifest` gets what the writer counted and hashed. */
  finish(manifest: (content: TapeContent) => TapeManifest): TapeManifest {
    this.#flush();
    const made = manifest({
      rows: this.#rows,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      contentSha256: this.#hash.digest('hex'),
    });
    this.#file.seal(made);
    return made;
  }

  /** Closes and removes an unfinished file. */
  abort(): void {
    this.#file.discard();
    unlinkSync(this.#path);
  }

  /** Makes room for a row and sets its time; returns its place in the batch. */
  #begin(timeUs: number): number {
    if (timeUs < this.#lastTime) throw new RangeError(`time ${timeUs} after ${this.#lastTime} in ${this.#path}`);
    const row = this.#gathered++;
    this.#time.set(row, timeUs);
    if (this.#rows++ === 0) this.#firstTime = timeUs;
    this.#lastTime = timeUs;
    return row;
  }

  #flush(): void {
    const rows = this.#gathered;
    if (rows === 0) return;
    this.#gathered = 0;
    this.#hash.update(this.#time.bytes(rows)).update(this.#json.bytes());
    const children = [this.#time, this.#json, ...this.#columns].map((buffer) => buffer.data(rows));
    const data = makeData({ type: new Struct(this.#schema.fields), length: rows, nullCount: 0, children });
    const all = new RecordBatch(this.#schema, data);
    for (let from = 0; from < rows; from += BATCH_ROWS) this.#file.write(all.slice(from, from + BATCH_ROWS));
  }
}
