import { AegisError } from '../errors.ts';

/**
 * The merge order of a slice: one 32-bit word per run of rows of one topic, `topic index << 22 | byte length`.
 * The sum of a topic's runs is the length of its message: a missing or foreign message cannot go unnoticed.
 */
export const MAX_TOPICS = 1 << 10;
export const MAX_RUN_BYTES = (1 << 22) - 1;

export function runWord(topicIndex: number, bytes: number): number {
  return ((topicIndex << 22) | bytes) >>> 0;
}

export function runTopic(word: number): number {
  return word >>> 22;
}

export function runBytes(word: number): number {
  return word & MAX_RUN_BYTES;
}

/** Base64 of the words, each little-endian. */
export function encodeOrder(words: Uint32Array): string {
  const bytes = Buffer.allocUnsafe(4 * words.length);
  for (let i = 0; i < words.length; i++) bytes.writeUInt32LE(words[i] ?? 0, 4 * i);
  return bytes.toString('base64');
}

/** Throws STREAM_FAILED when the text does not hold whole words. */
export function decodeOrder(base64: string): Uint32Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length % 4 !== 0) {
    throw new AegisError('STREAM_FAILED', `the order of a slice has ${bytes.length} bytes, not a multiple of 4`);
  }
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readUInt32LE(4 * i);
  return words;
}
