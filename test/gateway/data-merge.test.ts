import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineMemory } from '../../src/gateway/data/line-memory.ts';
import { bytesOf, mergeLines, rowsOf } from '../../src/gateway/data/merge-lines.ts';
import { runWord } from '../../src/model/wire/order.ts';
import { SLICE_BYTES } from '../../src/model/wire/slice-limits.ts';

const TOPICS = 4;

/** A slice of rows in the order of the stream, each a topic and its text. */
function sliceOf(rows: readonly (readonly [number, string])[]) {
  const own = Array.from({ length: TOPICS }, (_, topic) => rows.filter((row) => row[0] === topic));
  const topics = [...own.keys()].filter((topic) => own[topic]?.length !== 0);
  return {
    clock: {
      epoch: 1,
      slice: 0,
      firstSeq: 0,
      rows: rows.length,
      ts: 0,
      topics,
      counts: topics.map((topic) => own[topic]?.length ?? 0),
      order: Uint32Array.from(rows, ([topic, text]) => runWord(topic, text.length)),
      end: false,
    },
    lines: own.map((lines) => (lines.length === 0 ? undefined : Buffer.from(lines.map(([, text]) => text).join('')))),
  };
}

describe('the lines of a set of topics', () => {
  const line = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 });
  const rows = fc.array(fc.tuple(fc.nat(TOPICS - 1), line), { maxLength: 60 });
  const wanted = fc.uint8Array({ minLength: TOPICS, maxLength: TOPICS, max: 1 });

  it('come in the order of the stream, without those of other topics', () => {
    fc.assert(
      fc.property(rows, wanted, (stream, set) => {
        const slice = sliceOf(stream);
        const expected = stream.filter(([topic]) => set[topic] === 1).map(([, text]) => text);
        const into = Buffer.alloc(bytesOf(slice, set));
        mergeLines(slice, set, into);
        expect(into.toString()).toBe(expected.join(''));
        expect(rowsOf(slice, set)).toBe(expected.length);
      }),
    );
  });
});

describe('memory for lines', () => {
  it('is used again when its slices are given back', () => {
    const memory = new LineMemory();
    const first = memory.lend(SLICE_BYTES);
    if (first.piece === undefined) throw new Error('a slice of the usual size has a piece of memory');
    memory.giveBack(first.piece);
    expect(memory.lend(10).lines.buffer).toBe(first.lines.buffer);
  });

  it('has room for many small slices in one piece', () => {
    const memory = new LineMemory();
    const lent = Array.from({ length: 100 }, () => memory.lend(1_000));
    expect(new Set(lent.map(({ piece }) => piece)).size).toBe(1);
  });

  it('leaves a row that is larger than a slice to the garbage collector', () => {
    expect(new LineMemory().lend(SLICE_BYTES + 1)).toMatchObject({
      piece: undefined,
      lines: { length: SLICE_BYTES + 1 },
    });
  });

  it('never lends bytes that are lent, in whatever order slices come and go', () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: SLICE_BYTES }), keep: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new LineMemory();
        const held: ReturnType<LineMemory['lend']>[] = [];
        for (const { bytes, keep } of steps) {
          const lent = memory.lend(bytes);
          expect(lent.lines.length).toBe(bytes);
          for (const { lines } of held) expect(overlap(lines, lent.lines)).toBe(false);
          held.push(lent);
          for (const { piece } of held.splice(0, held.length - keep)) if (piece !== undefined) memory.giveBack(piece);
        }
      }),
    );
  });
});

function overlap(a: Buffer, b: Buffer): boolean {
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length;
}
