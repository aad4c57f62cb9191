import { closeSync, openSync } from 'node:fs';
import type { FileBlock } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { AegisError, messageOf } from '../model/errors.ts';
import type { ClaimMemory } from './batch-memory.ts';
import { BatchReader, type Block, type TapeBatch } from './batch-reader.ts';
import { readAt, readFooter, tapeDamaged } from './footer.ts';

export type { TapeBatch } from './batch-reader.ts';

export interface TapeReader {
  readonly batches: number;
  /**
   * Reads and inflates one batch; only its columns `time` and `json`, of a recording also `seq`. Throws TAPE_DAMAGED.
   * @param claim gives the memory for it; default: new memory.
   * @param lines whether the JSON is wanted; without it `json` is empty. Default true.
   */
  batch(index: number, claim?: ClaimMemory, lines?: boolean): TapeBatch;
  close(): void;
}

/** Columns that come first in a tape, and in a part of a recording. */
const TAPE_COLUMNS = ['time', 'json'];
const RECORDED_COLUMNS = [...TAPE_COLUMNS, 'seq'];

/** One for all tapes: a batch is read without a break. */
const BATCHES = new BatchReader();

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
    return {
      batches: blocks.length,
      batch: (index, claim, lines) =>
        guarded(path, () => BATCHES.read(fd, describe(fd, blocks[index]), recorded, claim, lines)),
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

function readBlocks(fd: number, columns: readonly string[]): FileBlock[] {
  const footer = readFooter(fd);
  const names = footer.schema.fields.slice(0, columns.length).map((field) => field.name);
  if (names.join() !== columns.join()) throw new RangeError(`its first columns are ${names.join(', ')}`);
  return [...footer.recordBatches()];
}

/** Asked for when its turn comes: descriptions of all batches of a large tape would be thousands of objects. */
function describe(fd: number, block: FileBlock | undefined): Block {
  if (block === undefined) throw new RangeError('there is no such batch');
  const metadata = readAt(fd, block.offset, block.metaDataLength);
  // Ahead of the flatbuffer: continuation marker and length, 4 bytes each.
  const message = Message.decode(metadata.subarray(8));
  if (!message.isRecordBatch()) throw new RangeError('a block is not a record batch');
  const { length, buffers } = message.header();
  return { rows: length, body: block.offset + block.metaDataLength, buffers };
}
