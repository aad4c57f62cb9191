import { closeSync, openSync } from 'node:fs';
import type { FileBlock } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { AegisError, messageOf } from '../model/errors.ts';
import { blockColumns, columnsOf, isSent, type RowColumn } from '../model/wire/columns.ts';
import { readAt, readFooter, readInto, tapeDamaged } from './footer.ts';
import { Inflater } from './inflater.ts';

/** Values of a column of a batch as they are in the tape. */
export type TapeValues =
  /** int64 and float64: two 32-bit words per value, the low one first. */
  | { readonly kind: 'words'; readonly words: Int32Array }
  /** bool: a bit per value, the lowest of a byte first. */
  | { readonly kind: 'bits'; readonly bits: Uint8Array }
  | { readonly kind: 'texts'; readonly offsets: Int32Array; readonly bytes: Uint8Array };

/** Reads the typed columns of a tape, batch by batch. */
export interface ColumnTape {
  /** It has no typed columns: its batches have the rows' `data` as text, and nothing else. */
  readonly plain: boolean;
  /**
   * The columns in the order of `blockColumns`; undefined in place of one that is known without it. Throws TAPE_DAMAGED.
   * @param claim gives memory of at least so many bytes for all of them.
   */
  batch(index: number, claim: (bytes: number) => ArrayBuffer): readonly (TapeValues | undefined)[];
  close(): void;
}

interface Wanted {
  readonly column: RowColumn;
  /** Place of its validity buffer in a record batch; the others follow. */
  readonly buffer: number;
}

const LENGTH_PREFIX = 8;
const NOT_COMPRESSED = -1n;

/** What is only needed while a batch is read is shared by all tapes. */
const INFLATER = new Inflater();
let stored: Buffer = Buffer.alloc(0);

/** Opens the columns of a tape, or of a part of a recording, of a topic. Throws TAPE_DAMAGED. */
export function openColumns(path: string, topic: string): ColumnTape {
  const fd = guarded(path, () => openSync(path, 'r'));
  try {
    const { blocks, columns, plain } = guarded(path, () => describe(fd, topic));
    return {
      plain,
      batch: (index, claim) => guarded(path, () => readBatch(fd, blocks[index], columns, claim)),
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

function describe(fd: number, topic: string): { blocks: FileBlock[]; columns: Wanted[]; plain: boolean } {
  const footer = readFooter(fd);
  const places = new Map<string, number>();
  let buffer = 0;
  for (const { name, type } of footer.schema.fields) {
    places.set(name, buffer);
    // Texts have offsets as well.
    buffer += String(type) === 'Utf8' ? 3 : 2;
  }
  const plain = columnsOf(topic).some(({ name }) => !places.has(name));
  const columns = blockColumns(topic, plain).map((column) => ({ column, buffer: places.get(column.name) ?? 0 }));
  return { blocks: [...footer.recordBatches()], columns, plain };
}

/** A buffer of a batch: where it lies in what was read, and how long it is when it is inflated. */
interface Part {
  readonly bytes: Buffer;
  readonly length: number;
  readonly inflated: boolean;
}

function readBatch(
  fd: number,
  block: FileBlock | undefined,
  columns: readonly Wanted[],
  claim: (bytes: number) => ArrayBuffer,
): (TapeValues | undefined)[] {
  if (block === undefined) throw new RangeError('there is no such batch');
  const message = Message.decode(readAt(fd, block.offset, block.metaDataLength).subarray(8));
  if (!message.isRecordBatch()) throw new RangeError('a block is not a record batch');
  const { length: rows, buffers } = message.header();
  const body = block.offset + block.metaDataLength;
  const wanted = columns
    .filter(({ column }) => isSent(column))
    .flatMap(({ column, buffer }) => (column.kind === 'utf8' ? [buffer + 1, buffer + 2] : [buffer + 1]));
  const regions = wanted.map((index) => {
    const region = buffers[index];
    if (region === undefined) throw new RangeError(`buffer ${index} is missing`);
    return region;
  });
  const first = Math.min(...regions.map(({ offset }) => offset));
  const end = Math.max(...regions.map(({ offset, length }) => offset + length));
  if (stored.length < end - first) stored = Buffer.allocUnsafeSlow(end - first);
  readInto(fd, body + first, stored.subarray(0, end - first));
  const parts = regions.map(({ offset, length }) => partOf(stored.subarray(offset - first, offset - first + length)));
  const memory = claim(parts.reduce((sum, { length }) => sum + room(length), 0));
  let place = 0;
  let next = 0;
  const fill = (least = 0): { readonly at: number; readonly length: number } => {
    const part = parts[next++];
    const length = part?.length ?? 0;
    // What was not worth compressing is stored with its padding.
    if (part === undefined || length < least) throw new RangeError(`${length} bytes in place of ${least}`);
    const at = place;
    place += room(length);
    put(part, new Uint8Array(memory, at, room(length)));
    return { at, length };
  };
  return columns.map(({ column }): TapeValues | undefined => {
    if (!isSent(column)) return undefined;
    switch (column.kind) {
      case 'bool': {
        const { at, length } = fill((rows + 7) >> 3);
        return { kind: 'bits', bits: new Uint8Array(memory, at, length) };
      }
      case 'utf8': {
        const offsets = new Int32Array(memory, fill(4 * (rows + 1)).at, rows + 1);
        const { at, length } = fill(offsets[rows]);
        return { kind: 'texts', offsets, bytes: new Uint8Array(memory, at, length) };
      }
      default:
        return { kind: 'words', words: new Int32Array(memory, fill(8 * rows).at, 2 * rows) };
    }
  });
}

/** An inflater wants room for one byte more than it fills. */
function room(length: number): number {
  return (length + 8) & ~7;
}

function partOf(region: Buffer): Part {
  if (region.length === 0) return { bytes: region, length: 0, inflated: true };
  if (region.length < LENGTH_PREFIX) throw new RangeError('a buffer is too short');
  const bytes = region.subarray(LENGTH_PREFIX);
  const length = region.readBigInt64LE(0);
  if (length === NOT_COMPRESSED) return { bytes, length: bytes.length, inflated: true };
  return { bytes, length: Number(length), inflated: false };
}

function put({ bytes, length, inflated }: Part, into: Uint8Array): void {
  if (inflated) into.set(bytes);
  else INFLATER.inflate(bytes, into, length);
}
