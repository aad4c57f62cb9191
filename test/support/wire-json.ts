import type { Wire } from './wire.ts';

const NEWLINE = 10;

export const jsonWire: Wire = {
  encode: (message) => Buffer.from(`${JSON.stringify(message)}\n`),
  split(bytes) {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const lines = bytes.subarray(0, end).toString().split('\n').slice(0, -1);
    const frames = lines.map((line) => ({ bytes: Buffer.byteLength(line) + 1, message: JSON.parse(line) }));
    return { frames, rest: bytes.subarray(end) };
  },
};
