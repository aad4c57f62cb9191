import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inflater } from '../../src/tape/inflater.ts';
import { compress } from '../../src/tape/zstd.ts';

const DIRT = 0xee;

describe('an inflater', () => {
  it('works without the detour over a public function on the Node that Aegis is built with', () => {
    expect(new Inflater().direct).toBe(true);
  });

  it('gives back what was compressed, and nothing behind it but one byte is touched', () => {
    const inflater = new Inflater();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      // Larger than the blocks of a frame, and shrinking well.
      fc.nat(400_000).map((length) => new Uint8Array(length).fill(length & 0xff)),
    );
    fc.assert(
      fc.property(bytes, (original) => {
        const into = new Uint8Array(original.length + 3).fill(DIRT);
        inflater.inflate(compress(original), into, original.length);
        expect(Buffer.compare(into.subarray(0, original.length), original)).toBe(0);
        expect([...into.subarray(original.length + 1)]).toEqual([DIRT, DIRT]);
      }),
    );
  });

  it('refuses a frame that is longer or shorter than announced, cut or damaged, and goes on with the next one', () => {
    const inflater = new Inflater();
    const original = Buffer.from('{"price":1.5}'.repeat(1_000));
    const frame = compress(original);
    const damaged = Buffer.from(frame).fill(0xaa, 4, 20);
    const into = new Uint8Array(original.length + 100);
    const attempts: [Uint8Array, number][] = [
      [frame, original.length - 1],
      [frame, original.length + 1],
      [frame.subarray(0, frame.length - 5), original.length],
      [damaged, original.length],
      [original, original.length],
    ];
    for (const [bytes, length] of attempts) {
      expect(() => inflater.inflate(bytes, into, length)).toThrow();
      inflater.inflate(frame, into, original.length);
      expect(Buffer.compare(into.subarray(0, original.length), original)).toBe(0);
    }
    expect(inflater.direct).toBe(true);
  });

  it('gives the next frame whole after one that lacks nothing but its end', () => {
    const inflater = new Inflater();
    // One block of three plain bytes, which says that another one follows.
    const endless = Buffer.from('28b52ffd2003180000616263', 'hex');
    const original = Buffer.from('{"price":1.5}'.repeat(1_000));
    const into = new Uint8Array(original.length + 1);
    for (let attempt = 0; attempt < 3; attempt++) {
      inflater.inflate(endless, into, 3);
      expect(Buffer.from(into.subarray(0, 3)).toString()).toBe('abc');
      inflater.inflate(compress(original), into, original.length);
      expect(Buffer.compare(into.subarray(0, original.length), original)).toBe(0);
    }
  });

  it('wants room for one byte more than it fills', () => {
    const frame = compress(new Uint8Array(10));
    expect(() => new Inflater().inflate(frame, new Uint8Array(10), 10)).toThrow(/no room/);
  });
});
