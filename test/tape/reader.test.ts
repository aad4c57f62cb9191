import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/tape/footer.ts';
import { openTape, type TapeBatch } from '../../src/tape/reader.ts';
import { BATCH_ROWS } from '../../src/tape/writer.ts';
import { writeTapeFixture } from '../support/tape-fixture.ts';

const START = 1_767_225_600_000_000;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'aegis-tape-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function rowsOf(batch: TapeBatch): string[] {
  const text = Buffer.from(batch.json);
  return Array.from({ length: batch.rows }, (_, i) => text.toString('utf8', batch.offsets[i], batch.offsets[i + 1]));
}

function writeRows(count: number): { file: string; rows: { timeUs: number; json: string }[] } {
  const rows = Array.from({ length: count }, (_, i) => ({
    timeUs: START + Math.floor(i / 3) * 7,
    json: `{"id":${i},"text":"${'ä'.repeat(i % 5)}"}`,
  }));
  const tape = writeTapeFixture({ tapesDir: dir, topic: 'trades.BTCUSDT', period: '2026-01-01', rows });
  return { file: path.join(dir, tape.path), rows };
}

describe('a tape', () => {
  it('gives back every row and time, over batch borders', () => {
    const { file, rows } = writeRows(2 * BATCH_ROWS + 5);
    const tape = openTape(file);
    const batches = Array.from({ length: tape.batches }, (_, i) => tape.batch(i));
    expect(batches.map((batch) => batch.rows)).toEqual([BATCH_ROWS, BATCH_ROWS, 5]);
    expect(batches.flatMap(rowsOf)).toEqual(rows.map((row) => row.json));
    expect(batches.flatMap((batch) => [...batch.time])).toEqual(rows.map((row) => row.timeUs));
    tape.close();
  });

  it('of a single row is whole', () => {
    const { file, rows } = writeRows(1);
    const tape = openTape(file);
    expect(rowsOf(tape.batch(0))).toEqual([rows[0]?.json]);
    tape.close();
  });

  it('tells in its own footer what it is', () => {
    const { file } = writeRows(10);
    expect(readManifest(file)).toMatchObject({ market: 'spot', type: 'trades', period: '2026-01-01', rows: 10 });
  });

  it('that was cut short, overwritten or is not a tape is refused as damaged', () => {
    const { file } = writeRows(1000);
    const whole = readFileSync(file);
    const damages: (() => void)[] = [
      () => truncateSync(file, whole.length - 20),
      () => truncateSync(file, 3),
      () => writeFileSync(file, 'open_time,open\n1,2\n'),
      () => rmSync(file),
    ];
    for (const damage of damages) {
      writeFileSync(file, whole);
      damage();
      expect(() => openTape(file)).toThrowError(expect.objectContaining({ code: 'TAPE_DAMAGED', where: file }));
    }
  });

  it('with a damaged batch is refused when the batch is read', () => {
    const { file } = writeRows(1000);
    const bytes = readFileSync(file);
    bytes.fill(0xaa, 700, 1500);
    writeFileSync(file, bytes);
    expect(() => openTape(file).batch(0)).toThrowError(expect.objectContaining({ code: 'TAPE_DAMAGED' }));
  });
});
