import { type BatchMemory, type BatchSize, hasRoom, newBatchMemory } from '../tape/batch-memory.ts';

/** Batches of one topic differ a little in size: their memory should fit the next one as well. */
const ROWS_STEP = 1_024;
const BYTES_STEP = 128 * 1024;

/**
 * Memory of decoded batches, used again and again. A slice is cut before it is rendered, so what a topic has left is given
 * back only when nobody reads the slice any more.
 */
export class BatchPool {
  readonly #retired: BatchMemory[] = [];
  #free: BatchMemory[] = [];

  /**
   * The smallest free memory with enough room, and without much for JSON that is not wanted; others are given up when there is
   * none.
   */
  readonly claim = (size: BatchSize): BatchMemory => {
    let best = -1;
    for (const [index, memory] of this.#free.entries()) {
      const smaller = best < 0 || memory.json.length < (this.#free[best]?.json.length ?? 0);
      const wasted = size.jsonBytes === 0 && memory.json.length > BYTES_STEP;
      if (smaller && !wasted && hasRoom(memory, size)) best = index;
    }
    const [found] = best < 0 ? [] : this.#free.splice(best, 1);
    if (found !== undefined) return found;
    this.#free.pop();
    return newBatchMemory({ ...size, rows: up(size.rows, ROWS_STEP), jsonBytes: up(size.jsonBytes, BYTES_STEP) });
  };

  /** Not the current batch of its topic any more; the slice that is being cut may still have rows of it. */
  retire(memory: BatchMemory): void {
    this.#retired.push(memory);
  }

  /** No slice is being read: everything retired may be used again. */
  reclaim(): void {
    if (this.#retired.length === 0) return;
    this.#free.push(...this.#retired);
    this.#retired.length = 0;
  }

  /** Gives up what is free. */
  clear(): void {
    this.reclaim();
    this.#free = [];
  }
}

function up(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
