import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox, REFERENCED_FROM } from '../../src/bus/hot/outbox.ts';

describe('the outbox of the hot connection', () => {
  it('gives all parts in order, and leaves alone what it has given', () => {
    const part = fc.oneof(
      fc.stringMatching(/^[ -~]{0,80}$/),
      fc.integer({ min: 0, max: 2 * REFERENCED_FROM }).map((size) => Buffer.alloc(size, 'p')),
      fc.constant('take' as const),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        const outbox = new Outbox();
        const given: Uint8Array[] = [];
        const expected: Buffer[] = [];
        for (const each of parts) {
          if (each === 'take') {
            const bytes = outbox.bytes;
            const pieces = outbox.take();
            expect(Buffer.concat(pieces).length).toBe(bytes);
            given.push(...pieces);
          } else if (typeof each === 'string') {
            outbox.text(each);
            expected.push(Buffer.from(each));
          } else {
            outbox.part(each);
            expected.push(each);
          }
        }
        given.push(...outbox.take());
        expect(Buffer.concat(given).equals(Buffer.concat(expected))).toBe(true);
      }),
    );
  });

  it('copies a small part at once and a large one never', () => {
    const outbox = new Outbox();
    const small = Buffer.alloc(REFERENCED_FROM - 1, 'a');
    const large = Buffer.alloc(REFERENCED_FROM, 'a');
    outbox.part(small);
    outbox.part(large);
    small.fill('b');
    const [first, second] = outbox.take();
    expect(Buffer.from(first ?? []).toString()).toBe('a'.repeat(small.length));
    expect(second).toBe(large);
  });
});
