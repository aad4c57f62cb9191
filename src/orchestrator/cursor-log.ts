import type { CursorPosition } from './topic-cursor.ts';

/** A slice border and where each topic stood there. Plain data: a checkpoint of the orchestrator. */
export interface Checkpoint {
  readonly seq: number;
  /** By topic index. */
  readonly cursors: readonly CursorPosition[];
}

/** A border in so many is kept. */
const SLICES_BETWEEN = 64;
const MAX_ENTRIES = 64;

/**
 * Borders to which the merge can go back without beginning anew. Bounded: when it is full, every second entry of the
 * older half goes, so the far past gets coarse and the near past stays fine.
 */
export class CursorLog {
  #entries: Checkpoint[];
  #slices = 0;

  constructor(first: Checkpoint) {
    this.#entries = [first];
  }

  /** The oldest border from which everything that may still be asked for can be reached. */
  get checkpoint(): Checkpoint | undefined {
    return this.#entries[0];
  }

  /** Told of every slice border that is reached; keeps one of {@link SLICES_BETWEEN}. */
  reached(seq: number, cursors: () => readonly CursorPosition[]): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && seq <= last.seq) return;
    this.#slices += 1;
    if (this.#slices < SLICES_BETWEEN) return;
    this.#slices = 0;
    this.#entries.push({ seq, cursors: cursors() });
    if (this.#entries.length <= MAX_ENTRIES) return;
    this.#entries = this.#entries.filter((_, index) => index === 0 || index > MAX_ENTRIES / 2 || index % 2 === 0);
  }

  /** Nothing below `floor` will be asked for: keeps the newest entry at or below it. */
  prune(floor: number): void {
    let keep = 0;
    while ((this.#entries[keep + 1]?.seq ?? Infinity) <= floor) keep += 1;
    if (keep > 0) this.#entries = this.#entries.slice(keep);
  }

  /** The newest entry at or below `seq`; undefined when only the beginning will do. */
  nearest(seq: number): Checkpoint | undefined {
    return this.#entries.findLast((entry) => entry.seq <= seq);
  }
}
