import type { BufferRegion } from 'apache-arrow/ipc/metadata/message';
import { type ClaimMemory, newBatchMemory } from './batch-memory.ts';
import { readInto } from './footer.ts';
import { Inflater } from './inflater.ts';

/** Where a record batch lies in its file. */
export interface Block {
  readonly rows: number;
  /** Position of the body in the file. */
  readonly body: number;
  readonly buffers: readonly BufferRegion[];
}

/** Rows of one record batch, column-wise: no object per row. */
export interface TapeBatch {
  readonly rows: number;
  /** Order time of each row, unix µs. */
  readonly time: Float64Array;
  /** The rows' JSON, one after the other without separators. */
  readonly json: Uint8Array;
  /** `rows + 1` positions in {@link json}: row i is `json[offsets[i] .. offsets[i + 1])`. */
  readonly offsets: Int32Array;
  /** Of a recording: number of each row in the stream that was recorded. */
  readonly seq?: Float64Array;
}

/** Buffers of the columns `time` (validity, values), `json` (validity, offsets, bytes) and `seq` (validity, values). */
const TIME_VALUES = 1;
const JSON_OFFSETS = 3;
const JSON_BYTES = 4;
const SEQ_VALUES = 6;

const LENGTH_PREFIX = 8;
const NOT_COMPRESSED = -1;
const INT64_BYTES = 8;

/**
 * Reads batches, of any tape: what a batch needs only while it is read is kept from one to the next. Of its columns only
 * `time` and `json`, of a recording also `seq`, are read and inflated.
 */
export class BatchReader {
  readonly #inflater = new Inflater();
  #stored = Buffer.alloc(0);
  #words = new Int32Array(0);

  /**
   * The batch lies in the memory that `claim` gives. Throws RangeError when it is damaged.
   * @param lines the rows' JSON is wanted; without it `json` is empty, `offsets` are what they are.
   */
  read(fd: number, block: Block, recorded: boolean, claim: ClaimMemory = newBatchMemory, lines = true): TapeBatch {
    const { rows } = block;
    const first = region(block, TIME_VALUES).offset;
    const end = regionEnd(block, recorded ? SEQ_VALUES : lines ? JSON_BYTES : JSON_OFFSETS);
    this.#load(fd, block.body + first, end - first);
    const stored = (index: number) => this.#region(block, index, first);
    const jsonBytes = lines ? inflatedLength(stored(JSON_BYTES)) : 0;
    const memory = claim({ rows, jsonBytes, numbered: recorded });
    const time = memory.time.subarray(0, rows);
    const offsets = memory.offsets.subarray(0, rows + 1);
    const json = memory.json.subarray(0, jsonBytes);
    this.#numbers(stored(TIME_VALUES), time);
    this.#fill(stored(JSON_OFFSETS), bytesOf(memory.offsets), offsets.byteLength);
    if (lines) this.#fill(stored(JSON_BYTES), memory.json, jsonBytes);
    if (lines && offsets[rows] !== jsonBytes) throw new RangeError('offsets and bytes of the rows do not agree');
    const batch = { rows, time, json, offsets };
    if (!recorded) return batch;
    const seq = memory.seq.subarray(0, rows);
    this.#numbers(stored(SEQ_VALUES), seq);
    return { ...batch, seq };
  }

  /** In one read: the columns that are needed come first. */
  #load(fd: number, position: number, length: number): void {
    if (this.#stored.length < length) this.#stored = Buffer.allocUnsafeSlow(length);
    readInto(fd, position, this.#stored.subarray(0, length));
  }

  #region(block: Block, index: number, first: number): Buffer {
    const { offset, length } = region(block, index);
    if (offset < first) throw new RangeError(`buffer ${index} is not in its place`);
    return this.#stored.subarray(offset - first, offset - first + length);
  }

  #fill(stored: Buffer, into: Uint8Array, length: number): void {
    const bytes = stored.subarray(LENGTH_PREFIX);
    const found = inflatedLength(stored);
    if (found !== length) throw new RangeError(`${found} bytes in place of ${length}`);
    if (stored.readBigInt64LE(0) === BigInt(NOT_COMPRESSED)) into.set(bytes);
    else this.#inflater.inflate(bytes, into, length);
  }

  /** 64-bit integers as numbers: exact, since µs stay below 2^53 until the year 2255. */
  #numbers(stored: Buffer, into: Float64Array): void {
    const rows = into.length;
    if (this.#words.length <= 2 * rows) this.#words = new Int32Array(2 * rows + 1);
    this.#fill(stored, bytesOf(this.#words), INT64_BYTES * rows);
    const words = this.#words;
    for (let row = 0; row < rows; row++) {
      into[row] = (words[2 * row + 1] ?? 0) * 2 ** 32 + ((words[2 * row] ?? 0) >>> 0);
    }
  }
}

function region(block: Block, index: number): BufferRegion {
  const found = block.buffers[index];
  if (found === undefined || found.length < LENGTH_PREFIX) throw new RangeError(`buffer ${index} is missing`);
  return found;
}

function regionEnd(block: Block, index: number): number {
  const { offset, length } = region(block, index);
  return offset + length;
}

function inflatedLength(stored: Buffer): number {
  const length = Number(stored.readBigInt64LE(0));
  return length === NOT_COMPRESSED ? stored.length - LENGTH_PREFIX : length;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
