import { createHash } from 'node:crypto';

/** A number in [0, 1) for every whole number below 2^53: a sequence that can be entered anywhere. */
export type Hash = (index: number) => number;

const TWO_32 = 2 ** 32;

/** The same name gives the same numbers on every machine. */
export function hashFor(name: string): Hash {
  const seed = createHash('sha256').update(name).digest();
  const low = seed.readUInt32LE(0);
  const high = seed.readUInt32LE(4);
  return (index) => mix(mix((index >>> 0) ^ low) ^ (Math.floor(index / TWO_32) + high)) / TWO_32;
}

/** Finalizer of MurmurHash3: every bit of the input changes about half of the bits of the output. */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
