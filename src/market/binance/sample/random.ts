import { createHash } from 'node:crypto';

/** Numbers in [0, 1). */
export type Random = () => number;

/** A reproducible sequence for a name: the same name gives the same numbers on every machine. */
export function randomFor(name: string): Random {
  let state = createHash('sha256').update(name).digest().readUInt32LE(0);
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** About normally distributed: mean 0, variance 1, between -6 and 6. Sums are exact on every machine, unlike log and cos. */
export function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}
