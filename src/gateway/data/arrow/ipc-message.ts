import type { Schema } from 'apache-arrow';
import {
  BufferRegion,
  DictionaryBatch,
  FieldNode,
  Message,
  RecordBatch as RecordBatchHeader,
} from 'apache-arrow/ipc/metadata/message';

/** Ahead of every message of an Arrow IPC stream, and of the length of its metadata. */
const CONTINUATION = -1;
const PREFIX_BYTES = 8;

/** The next multiple of 8: every buffer and message begins at one. */
export function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Gives at least so many bytes that begin where their ArrayBuffer does. */
export type ClaimMemory = (bytes: number) => Buffer;

/** A record batch whose body is still to be filled: buffers lie one after the other, each {@link padded}. */
export interface OpenBatch {
  readonly message: Buffer;
  /** Where each buffer begins in `message`. */
  readonly places: readonly number[];
}

/**
 * Lays out a record batch of `rows` rows. `nulls`: of each column; `lengths`: of its buffers in the order of the format.
 */
export function openBatch(
  rows: number,
  nulls: readonly number[],
  lengths: readonly number[],
  claim: ClaimMemory,
): OpenBatch {
  const { header, bodyLength, offsets } = layout(rows, nulls, lengths);
  const { message, body } = framed(Message.from(header, bodyLength), bodyLength, claim);
  const places = offsets.map((offset) => body + offset);
  // What lies between two buffers goes out as well, and the memory was somebody else's.
  for (const [index, length] of lengths.entries()) {
    const end = (places[index] ?? 0) + length;
    message.fill(0, end, padded(end));
  }
  return { message, places };
}

/** The messages with which a stream begins: its schema, and the dictionary with id 0. */
export function schemaMessages(schema: Schema, words: readonly string[]): Buffer {
  const texts = words.map((word) => Buffer.from(word, 'utf8'));
  const offsets = new Int32Array(words.length + 1);
  for (const [index, text] of texts.entries()) offsets[index + 1] = (offsets[index] ?? 0) + text.length;
  const bytes = Buffer.concat(texts);
  const { header, bodyLength, offsets: places } = layout(words.length, [0], [0, offsets.byteLength, bytes.length]);
  const { message, body } = framed(Message.from(new DictionaryBatch(header, 0), bodyLength), bodyLength);
  Buffer.from(offsets.buffer).copy(message, body + (places[1] ?? 0));
  bytes.copy(message, body + (places[2] ?? 0));
  return Buffer.concat([framed(Message.from(schema), 0).message, message]);
}

/** A stream that does not end with it was cut off. */
export function endOfStream(): Buffer {
  const mark = Buffer.alloc(PREFIX_BYTES);
  mark.writeInt32LE(CONTINUATION);
  return mark;
}

function layout(rows: number, nulls: readonly number[], lengths: readonly number[]) {
  const offsets: number[] = [];
  let bodyLength = 0;
  for (const length of lengths) {
    offsets.push(bodyLength);
    bodyLength += padded(length);
  }
  const nodes = nulls.map((count) => new FieldNode(rows, count));
  const regions = lengths.map((length, index) => new BufferRegion(offsets[index] ?? 0, length));
  return { header: new RecordBatchHeader(rows, nodes, regions, null), bodyLength, offsets };
}

/** The message with room for its body, which begins at `body`. */
function framed(
  message: Message,
  bodyLength: number,
  claim: ClaimMemory = (bytes) => Buffer.allocUnsafeSlow(bytes),
): { readonly message: Buffer; readonly body: number } {
  const metadata = Message.encode(message);
  const body = PREFIX_BYTES + padded(metadata.length);
  const bytes = claim(body + bodyLength).subarray(0, body + bodyLength);
  bytes.writeInt32LE(CONTINUATION, 0);
  bytes.writeInt32LE(body - PREFIX_BYTES, 4);
  bytes.set(metadata, PREFIX_BYTES);
  bytes.fill(0, PREFIX_BYTES + metadata.length, body);
  return { message: bytes, body };
}
