import { closeSync, openSync } from 'node:fs';
import { Message } from 'apache-arrow';
import type { BufferRegion } from 'apache-arrow/ipc/metadata/message';
import { AegisError, messageOf } from '../model/errors.ts';
import { readAt, readFooter, tapeDamaged } from './footer.ts';
import { inflate } from './zstd.ts';

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

export interface TapeReader {
  readonly rows: number;
  readonly batches: number;
  /** Rows of each batch. */
  readonly batchRows: readonly number[];
  /** Reads and inflates one batch; only its columns `time` and `json`, of a recording also `seq`. Throws TAPE_DAMAGED. */
  batch(index: number): TapeBatch;
  close(): void;
}

/** Columns that come first in a tape, and in a part of a recording. */
const TAPE_COLUMNS = ['time', 'json'];
const RECORDED_COLUMNS = [...TAPE_COLUMNS, 'seq'];

/** Buffers of the columns `time` (validity, values), `json` (validity, offsets, bytes) and `seq` (validity, values). */
const TIME_VALUES = 1;
const JSON_OFFSETS = 3;
const JSON_BYTES = 4;
const SEQ_VALUES = 6;

const LENGTH_PREFIX = 8;
const NOT_COMPRESSED = -1;

interface Block {
  readonly rows: number;
  /** Position of the body in the file. */
  readonly body: number;
  readonly buffers: readonly BufferRegion[];
}

/** Opens a tape. Synchronous: the merge asks for a batch when it needs one. Throws TAPE_DAMAGED. */
export function openTape(path: string): TapeReader {
  return open(path, false);
}

/** Opens a part of a recording; its batches have `seq`. Throws TAPE_DAMAGED. */
export function openRecordedTape(path: string): TapeReader {
  return open(path, true);
}

function open(path: string, recorded: boolean): TapeReader {
  const fd = guarded(path, () => openSync(path, 'r'));
  try {
    const blocks = guarded(path, () => readBlocks(fd, recorded ? RECORDED_COLUMNS : TAPE_COLUMNS));
    const batchRows = blocks.map((block) => block.rows);
    return {
      rows: batchRows.reduce((sum, rows) => sum + rows, 0),
      batches: blocks.length,
      batchRows,
      batch: (index) => guarded(path, () => readBatch(fd, blocks[index], recorded)),
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw AegisError.is(error) ? error : tapeDamaged(path, messageOf(error), error);
  }
}

function readBlocks(fd: number, columns: readonly string[]): Block[] {
  const footer = readFooter(fd);
  const names = footer.schema.fields.slice(0, columns.length).map((field) => field.name);
  if (names.join() !== columns.join()) throw new RangeError(`its first columns are ${names.join(', ')}`);
  return Array.from(footer.recordBatches(), (block) => {
    const metadata = readAt(fd, block.offset, block.metaDataLength);
    // Ahead of the flatbuffer: continuation marker and length, 4 bytes each.
    const message = Message.decode(metadata.subarray(8));
    if (!message.isRecordBatch()) throw new RangeError('a block is not a record batch');
    const header = message.header();
    return { rows: header.length, body: block.offset + block.metaDataLength, buffers: header.buffers };
  });
}

function readBatch(fd: number, block: Block | undefined, recorded: boolean): TapeBatch {
  if (block === undefined) throw new RangeError('there is no such batch');
  const time = readBuffer(fd, block, TIME_VALUES);
  const offsets = readBuffer(fd, block, JSON_OFFSETS);
  const json = readBuffer(fd, block, JSON_BYTES);
  const positions = new Int32Array(aligned(offsets), 0, block.rows + 1);
  if (positions[block.rows] !== json.length) throw new RangeError('offsets and bytes of the rows do not agree');
  const batch = { rows: block.rows, time: toNumbers(aligned(time), block.rows), json, offsets: positions };
  if (!recorded) return batch;
  return { ...batch, seq: toNumbers(aligned(readBuffer(fd, block, SEQ_VALUES)), block.rows) };
}

function readBuffer(fd: number, block: Block, index: number): Uint8Array {
  const region = block.buffers[index];
  if (region === undefined || region.length < LENGTH_PREFIX) throw new RangeError(`buffer ${index} is missing`);
  const stored = readAt(fd, block.body + region.offset, region.length);
  const length = Number(stored.readBigInt64LE(0));
  const bytes = stored.subarray(LENGTH_PREFIX);
  return length === NOT_COMPRESSED ? bytes : inflate(bytes, length);
}

/** A copy only where a typed array could not be laid over the bytes. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset === 0 && buffer instanceof ArrayBuffer) return buffer;
  return new Uint8Array(bytes).buffer.slice(0, byteLength);
}

/** 64-bit integers as numbers: exact, since µs stay below 2^53 until the year 2255. */
function toNumbers(buffer: ArrayBuffer, rows: number): Float64Array {
  const words = new Uint32Array(buffer, 0, 2 * rows);
  const high = new Int32Array(buffer, 0, 2 * rows);
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    numbers[row] = (high[2 * row + 1] ?? 0) * 2 ** 32 + (words[2 * row] ?? 0);
  }
  return numbers;
}
