import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDataset } from '../../bench/data/make-dataset.ts';
import { readPrepared } from '../../bench/data/reference.ts';
import { openTape, type TapeReader } from '../../src/tape/reader.ts';
import { streamHash } from '../orchestrator/data-client.ts';

const SMALL = { name: 'test', topics: 3, days: 2, rows: 2_000, keepBytes: true } as const;

describe('the data of the benchmarks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let told = 0;
  makeDataset(SMALL, folder, (rows) => {
    told = rows;
  });
  const { reference, mergedPath, planPath, tapesDir } = readPrepared(folder);
  const bytes = readFileSync(mergedPath);
  const lines = bytes.toString('utf8').trimEnd().split('\n');

  it('has as many rows as it was asked for, in one tape per topic and day', () => {
    const plan = JSON.parse(readFileSync(planPath, 'utf8'));
    const tapes: { path: string; rows: number }[] = plan.topics.flatMap((topic: { tapes: [] }) => topic.tapes);
    expect(tapes).toHaveLength(6);
    for (const { path, rows } of tapes) {
      const tape = openTape(join(tapesDir, path));
      expect(rowsIn(tape)).toBe(rows);
      tape.close();
    }
    expect(told).toBe(12_000);
    expect(reference).toMatchObject({ rows: 12_000, bytes: bytes.length });
    expect(lines).toHaveLength(12_000);
  });

  it('is merged by time, then by topic', () => {
    const keys = lines.map((line) => {
      const { ts, topic } = JSON.parse(line);
      return `${ts} ${topic}`;
    });
    expect(keys).toEqual(keys.toSorted());
    expect(new Set(keys).size).toBeLessThan(keys.length);
  });

  it('its reference has the hash of the documentation and the turnover of the rows', () => {
    expect(reference.hash).toBe(streamHash(bytes));
    // Of columns; what it is, the replay with Arrow shows.
    expect(reference.columnsHash).not.toMatch(/^0+$/);
    const turnover = lines.reduce((sum, line) => {
      const { data } = JSON.parse(line);
      return sum + data.price * data.quantity;
    }, 0);
    expect(reference.turnover).toBeCloseTo(turnover, 3);
  });

  it('has lines as long as those of aggTrades in the measurements that the goals come from', () => {
    expect(bytes.length / lines.length).toBeGreaterThan(285);
    expect(bytes.length / lines.length).toBeLessThan(300);
  });
});

function rowsIn(tape: TapeReader): number {
  let rows = 0;
  for (let index = 0; index < tape.batches; index++) rows += tape.batch(index).rows;
  return rows;
}
