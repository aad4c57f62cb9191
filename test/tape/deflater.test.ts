import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deflater } from '../../src/tape/deflater.ts';
import { compress, inflate } from '../../src/tape/zstd.ts';

describe('a deflater', () => {
  it('works without the detour over a public function on the Node that Aegis is built with', () => {
    const deflater = new Deflater();
    for (let frame = 0; frame < 3; frame++) deflater.compress(Buffer.from('some rows'));
    expect(deflater.direct).toBe(true);
  });

  it('makes the frames that the public function makes, whatever it has made before', () => {
    const deflater = new Deflater();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.nat(600_000).map((length) => new Uint8Array(length).fill(length & 0xff)),
      fc.nat(300_000).map((length) => new Uint8Array(randomBytes(length))),
      fc.nat(8_000).map((rows) => Buffer.from(Array.from({ length: rows }, (_, row) => `{"id":${row}}`).join(''))),
    );
    fc.assert(
      fc.property(bytes, (original) => {
        const frame = deflater.compress(original);
        expect(Buffer.compare(frame, compress(original))).toBe(0);
        if (original.length > 0) expect(Buffer.compare(inflate(frame, original.length), original)).toBe(0);
      }),
    );
    expect(deflater.direct).toBe(true);
  });

  it('gives each frame memory of its own', () => {
    const deflater = new Deflater();
    const first = deflater.compress(Buffer.from('one'.repeat(100)));
    const copy = Buffer.from(first);
    deflater.compress(Buffer.from('two'.repeat(100)));
    expect(Buffer.compare(first, copy)).toBe(0);
  });
});
