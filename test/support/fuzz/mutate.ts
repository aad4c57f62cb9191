import type { Random } from './random.ts';

const CURIOUS = [0x00, 0x01, 0x0a, 0x20, 0x22, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xae, 0xc0, 0xed, 0xff] as const;

/** The bytes with one to four faults: changed, inserted, removed, cut off, repeated or exchanged. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  for (let faults = 1 + random.int(4); faults > 0; faults -= 1) mutated = fault(mutated, random);
  return mutated;
}

function fault(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const at = random.int(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.int(16));
  switch (random.int(7)) {
    case 0:
      return set(bytes, at, (bytes[at] ?? 0) ^ (1 << random.int(8)));
    case 1:
      return set(bytes, at, random.pick(CURIOUS));
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(8), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 4:
      return Buffer.from(bytes.subarray(0, at));
    case 5:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, end).reverse(), bytes.subarray(end)]);
  }
}

function set(bytes: Buffer<ArrayBuffer>, at: number, value: number): Buffer<ArrayBuffer> {
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}
