import { createHash } from 'node:crypto';
import { renameSync, unlinkSync } from 'node:fs';
import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { z } from 'zod';
import { MARKETS } from '../model/market.ts';
import { ArrowFile } from './arrow-file.ts';
import { type ColumnBuffer, columnBuffer, Int64Buffer, Utf8Buffer } from './column-buffer.ts';
import { readManifestAs } from './footer.ts';
import { type RecordedRow, recordedColumns } from './recorded-columns.ts';

/** Rows per record batch, or fewer: many topics are recorded and replayed at once, and each holds one batch in memory. */
const BATCH_ROWS = 2_048;
/** Of the JSON in a batch. A row of an order book has some KiB. */
const BATCH_BYTES = 1 << 20;
const US_PER_MS = 1_000;

const partManifest = z.object({
  version: z.literal(1),
  session: z.string(),
  sessionId: z.string(),
  run: z.number().int(),
  market: z.enum(MARKETS),
  /** Short topic. */
  topic: z.string(),
  rows: z.number().int().positive(),
  firstSeq: z.number().int(),
  lastSeq: z.number().int(),
  /** Lowest and highest time of its rows, unix ms. */
  firstTs: z.number().int(),
  lastTs: z.number().int(),
  /** Of the numbers, times and rows. */
  contentSha256: z.string(),
});

/** Who made a part of a recording of what; in its footer, as the manifest of a tape. */
export type PartManifest = Readonly<z.infer<typeof partManifest>>;
export type PartKey = Readonly<Pick<PartManifest, 'session' | 'sessionId' | 'run' | 'market' | 'topic'>>;

/** Throws TAPE_DAMAGED. */
export function readPartManifest(path: string): PartManifest {
  return readManifestAs(path, partManifest);
}

export interface PartWriterOptions {
  /** Path while it is written; it must not exist. */
  readonly staged: string;
  /** Its place. */
  readonly target: string;
  readonly key: PartKey;
  readonly type: string;
}

/**
 * Writes one part of the recording of a topic: columns `time` (µs), `json`, `seq`, `ts` and the typed ones. Rows come in the
 * order in which they were delivered, which need not be that of their times. Memory does not grow with the number of rows.
 */
export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #file: ArrowFile;
  readonly #time = new Int64Buffer('time', BATCH_ROWS);
  readonly #json = new Utf8Buffer('json', BATCH_ROWS);
  readonly #columns: readonly ColumnBuffer<RecordedRow>[];
  readonly #schema: Schema;
  readonly #hash = createHash('sha256');
  #inBatch = 0;
  #rows = 0;
  #firstSeq = 0;
  #lastSeq = -1;
  #firstTs = Infinity;
  #lastTs = -Infinity;

  constructor(options: PartWriterOptions) {
    this.#options = options;
    this.#columns = recordedColumns(options.type).map((column) => columnBuffer(column, BATCH_ROWS));
    this.#schema = new Schema([this.#time, this.#json, ...this.#columns].map(({ field }) => field));
    this.#file = new ArrowFile(options.staged);
  }

  append(row: RecordedRow, json: string): void {
    const { seq, ts } = row;
    if (seq <= this.#lastSeq) throw new RangeError(`row ${seq} after ${this.#lastSeq} in ${this.#options.target}`);
    const place = this.#inBatch++;
    this.#time.set(place, ts * US_PER_MS);
    this.#json.set(place, json);
    for (const column of this.#columns) column.push(row, place);
    if (this.#rows++ === 0) this.#firstSeq = seq;
    this.#lastSeq = seq;
    this.#firstTs = Math.min(this.#firstTs, ts);
    this.#lastTs = Math.max(this.#lastTs, ts);
    if (this.#inBatch === BATCH_ROWS || this.#json.size >= BATCH_BYTES) this.#flush();
  }

  /** Puts the part on disk and in its place. Its name there survives a loss of power only after `syncFolder`. */
  seal(): PartManifest {
    this.#flush();
    const manifest = {
      version: 1 as const,
      ...this.#options.key,
      rows: this.#rows,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
      firstTs: this.#firstTs,
      lastTs: this.#lastTs,
      contentSha256: this.#hash.digest('hex'),
    };
    this.#file.seal(manifest);
    renameSync(this.#options.staged, this.#options.target);
    return manifest;
  }

  /** Closes and removes the unfinished part. */
  abort(): void {
    this.#file.discard();
    unlinkSync(this.#options.staged);
  }

  #flush(): void {
    const rows = this.#inBatch;
    if (rows === 0) return;
    this.#inBatch = 0;
    const children = [this.#time, this.#json, ...this.#columns].map((buffer) => buffer.data(rows));
    const data = makeData({ type: new Struct(this.#schema.fields), length: rows, nullCount: 0, children });
    this.#hash.update(`${this.#firstSeq} ${this.#lastSeq} `).update(this.#time.bytes(rows)).update(this.#json.bytes());
    this.#file.write(new RecordBatch(this.#schema, data));
  }
}
