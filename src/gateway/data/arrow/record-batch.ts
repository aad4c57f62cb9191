import { setInt64 } from '../../../model/wire/column-block.ts';
import type { ChunkColumn, ColumnChunk } from './column-chunk.ts';
import { type ClaimMemory, openBatch } from './ipc-message.ts';

/** Rows `from` up to `to` of a chunk. */
export interface ChunkPart {
  readonly chunk: ColumnChunk;
  readonly from: number;
  readonly to: number;
}

/** Validity and values of the three columns that have no nulls; see `arrow-schema.ts`. */
const ENVELOPE = 3;

/**
 * The message of a record batch with the rows of all parts; `firstSeq` is the number of the first. It lies in the memory that
 * `claim` gives.
 */
export function encodeBatch(parts: readonly ChunkPart[], firstSeq: number, claim: ClaimMemory): Buffer {
  const rows = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const columns = parts[0]?.chunk.columns.map((_, column) => new PartsOfColumn(parts, column, rows)) ?? [];
  const nulls = [...new Array<number>(ENVELOPE).fill(0), ...columns.map((column) => column.nulls)];
  const lengths = [0, 8 * rows, 0, 8 * rows, 0, 2 * rows, ...columns.flatMap((column) => column.lengths)];
  const { message, places } = openBatch(rows, nulls, lengths, claim);
  const seq = new Int32Array(message.buffer, places[1], 2 * rows);
  for (let row = 0; row < rows; row++) setInt64(seq, row, firstSeq + row);
  const ts = new Int32Array(message.buffer, places[3], 2 * rows);
  const topic = new Int16Array(message.buffer, places[5], rows);
  let done = 0;
  for (const { chunk, from, to } of parts) {
    ts.set(chunk.ts.subarray(2 * from, 2 * to), 2 * done);
    topic.set(chunk.topic.subarray(from, to), done);
    done += to - from;
  }
  let buffer = 2 * ENVELOPE;
  for (const column of columns) {
    column.write(message, places.slice(buffer));
    buffer += column.lengths.length;
  }
  return message;
}

/** One column of a record batch. */
class PartsOfColumn {
  readonly nulls: number;
  /** Of its buffers: validity, then values; of texts offsets and bytes. */
  readonly lengths: readonly number[];
  readonly #parts: readonly { readonly column: ChunkColumn; readonly from: number; readonly to: number }[];
  readonly #rows: number;

  constructor(parts: readonly ChunkPart[], index: number, rows: number) {
    this.#rows = rows;
    this.#parts = parts.flatMap(({ chunk, from, to }) => {
      const column = chunk.columns[index];
      return column === undefined ? [] : [{ column, from, to }];
    });
    let nulls = 0;
    let bytes = 0;
    for (const { column, from, to } of this.#parts) {
      nulls += nullsOf(column.valid, from, to);
      const { values } = column;
      if (values.kind === 'texts') bytes += (values.offsets[to] ?? 0) - (values.offsets[from] ?? 0);
    }
    this.nulls = nulls;
    const valid = nulls === 0 ? 0 : bitmapBytes(rows);
    const kind = this.#parts[0]?.column.values.kind;
    if (kind === 'texts') this.lengths = [valid, 4 * (rows + 1), bytes];
    else this.lengths = [valid, kind === 'bytes' ? bitmapBytes(rows) : 8 * rows];
  }

  /** `places`: where its buffers begin in the message. */
  write(message: Buffer, [valid = 0, values = 0, texts = 0]: readonly number[]): void {
    if (this.nulls > 0) message.fill(0, valid, valid + bitmapBytes(this.#rows));
    const [first] = this.#parts;
    if (first?.column.values.kind === 'bytes') message.fill(0, values, values + bitmapBytes(this.#rows));
    let done = 0;
    let size = 0;
    for (const { column, from, to } of this.#parts) {
      if (this.nulls > 0 && column.valid !== undefined) packBits(column.valid, from, to, message, valid, done);
      const part = column.values;
      if (part.kind === 'words') {
        const out = new Int32Array(message.buffer, values, 2 * this.#rows);
        out.set(part.words.subarray(2 * from, 2 * to), 2 * done);
      } else if (part.kind === 'bytes') {
        packBits(part.bytes, from, to, message, values, done);
      } else {
        const out = new Int32Array(message.buffer, values, this.#rows + 1);
        const start = part.offsets[from] ?? 0;
        const end = part.offsets[to] ?? start;
        for (let row = from; row <= to; row++) out[done + row - from] = size + (part.offsets[row] ?? 0) - start;
        message.set(part.bytes.subarray(start, end), texts + size);
        size += end - start;
      }
      done += to - from;
    }
  }
}

function bitmapBytes(rows: number): number {
  return (rows + 7) >> 3;
}

function nullsOf(valid: Uint8Array | undefined, from: number, to: number): number {
  if (valid === undefined) return 0;
  let nulls = 0;
  for (let row = from; row < to; row++) if (valid[row] === 0) nulls += 1;
  return nulls;
}

/** Sets the bits of a cleared bitmap from byte `start` on; the first value is bit `bit`. */
function packBits(values: Uint8Array, from: number, to: number, out: Buffer, start: number, bit: number): void {
  for (let row = from; row < to; row++) {
    const place = bit + row - from;
    if (values[row] === 1) out[start + (place >> 3)] = (out[start + (place >> 3)] ?? 0) | (1 << (place & 7));
  }
}
