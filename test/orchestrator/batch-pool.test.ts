import { describe, expect, it } from 'vitest';
import { BatchPool } from '../../src/orchestrator/batch-pool.ts';

const SIZE = { rows: 4_096, jsonBytes: 850_000, numbered: false };

describe('the memory of batches', () => {
  it('is not given out again while a slice may still have rows of it', () => {
    const pool = new BatchPool();
    const first = pool.claim(SIZE);
    pool.retire(first);
    expect(pool.claim(SIZE)).not.toBe(first);
    pool.reclaim();
    expect(pool.claim(SIZE)).toBe(first);
  });

  it('fits batches that are a little larger than the one it was made for', () => {
    const pool = new BatchPool();
    const first = pool.claim(SIZE);
    pool.retire(first);
    pool.reclaim();
    expect(pool.claim({ ...SIZE, jsonBytes: SIZE.jsonBytes + 10_000 })).toBe(first);
  });

  it('goes to the batch that it fits best', () => {
    const pool = new BatchPool();
    const sizes = [900_000, 10_000, 300_000].map((jsonBytes) => ({ ...SIZE, jsonBytes }));
    const memories = sizes.map((size) => pool.claim(size));
    for (const memory of memories) pool.retire(memory);
    pool.reclaim();
    expect(sizes.toReversed().map((size) => pool.claim(size))).toEqual(memories.toReversed());
  });

  it('is not kept for JSON by batches whose JSON nobody wants', () => {
    const pool = new BatchPool();
    const withJson = pool.claim(SIZE);
    pool.retire(withJson);
    pool.reclaim();
    const without = pool.claim({ ...SIZE, jsonBytes: 0 });
    expect(without.json.length).toBeLessThan(1_000);
    pool.retire(without);
    pool.reclaim();
    expect(pool.claim({ ...SIZE, jsonBytes: 0 })).toBe(without);
    expect(pool.claim(SIZE)).not.toBe(withJson);
  });

  it('of a recording has room for the numbers of its rows', () => {
    const pool = new BatchPool();
    const plain = pool.claim(SIZE);
    pool.retire(plain);
    pool.reclaim();
    const numbered = pool.claim({ ...SIZE, numbered: true });
    expect(numbered).not.toBe(plain);
    expect(numbered.seq.length).toBeGreaterThanOrEqual(SIZE.rows);
  });
});
