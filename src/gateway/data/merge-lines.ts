import { runBytes, runTopic } from '../../model/wire/order.ts';
import type { Slice } from './assembler.ts';

/** Bytes that the slice has of a set of topics. `wanted`: 1 for each of them, by its index in the plan. */
export function bytesOf({ lines }: Slice, wanted: Uint8Array): number {
  let bytes = 0;
  for (const [topic, part] of lines.entries()) if (wanted[topic] === 1) bytes += part?.length ?? 0;
  return bytes;
}

/** Rows that the slice has of a set of topics. */
export function rowsOf({ clock }: Slice, wanted: Uint8Array): number {
  let rows = 0;
  for (const [place, topic] of clock.topics.entries()) if (wanted[topic] === 1) rows += clock.counts[place] ?? 0;
  return rows;
}

/** Restores the order of a set's own topics. `into` has exactly the room that {@link bytesOf} says. */
export function mergeLines({ clock, lines }: Slice, wanted: Uint8Array, into: Buffer): void {
  const parts = lines.map((part, topic) => (part === undefined || wanted[topic] !== 1 ? undefined : asBuffer(part)));
  const read = new Int32Array(lines.length);
  let place = 0;
  let current = 0;
  let pending = 0;
  const flush = (): void => {
    const from = read[current] ?? 0;
    read[current] = from + pending;
    if (pending > 0) place += parts[current]?.copy(into, place, from, from + pending) ?? 0;
    pending = 0;
  };
  for (const word of clock.order) {
    const topic = runTopic(word);
    if (wanted[topic] !== 1) continue;
    // Runs between which only others' topics lie are one.
    if (topic !== current) flush();
    current = topic;
    pending += runBytes(word);
  }
  flush();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
