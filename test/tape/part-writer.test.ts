import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PartWriter } from '../../src/tape/part-writer.ts';
import { openRecordedTape } from '../../src/tape/reader.ts';

const KEY = { session: 'one', sessionId: 'ses-1', run: 1, market: 'spot', topic: 'orderBook.BTCUSDT.100ms' } as const;

function write(rows: number, bytes: number): { readonly target: string; readonly lines: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-part-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const target = join(folder, 'part.arrow');
  const writer = new PartWriter({ staged: join(folder, '.new'), target, key: KEY, type: 'orderBook' });
  const lines = Array.from({ length: rows }, (_, seq) => JSON.stringify({ seq, text: 'x'.repeat(bytes + (seq % 7)) }));
  for (const [seq, line] of lines.entries()) {
    writer.append({ seq, ts: 1_700_000_000_000 + seq, data: JSON.parse(line) }, line);
  }
  writer.seal();
  return { target, lines };
}

describe('a part of a recording', () => {
  it.each([
    ['small rows', 10_000, 50],
    ['rows of a book', 900, 6_000],
    ['rows larger than a batch should be', 5, 1_500_000],
  ])('of %s has batches of bounded size, and every row as it was', (_, rows, bytes) => {
    const { target, lines } = write(rows, bytes);
    const tape = openRecordedTape(target);
    onTestFinished(() => tape.close());
    const read: string[] = [];
    for (let index = 0; index < tape.batches; index++) {
      const { rows: inBatch, json, offsets } = tape.batch(index);
      expect(inBatch).toBeLessThanOrEqual(2_048);
      expect(offsets[inBatch]).toBeLessThan(1_048_576 + bytes + 100);
      for (let row = 0; row < inBatch; row++) read.push(String(json.subarray(offsets[row], offsets[row + 1])));
    }
    expect(read).toEqual(lines);
  });
});
