import { SLICE_BYTES, WINDOW_BYTES, WINDOW_SLICES } from '../model/wire/slice-limits.ts';

interface InFlight {
  readonly endSeq: number;
  readonly bytes: number;
  readonly arenas: readonly Buffer[];
}

/** Slices that are published and not yet credited, and the buffers they lie in. */
export class Window {
  #slices: InFlight[] = [];
  #bytes = 0;
  #pool: Buffer[] = [];

  get full(): boolean {
    return this.#slices.length >= WINDOW_SLICES || this.#bytes + SLICE_BYTES > WINDOW_BYTES;
  }

  get empty(): boolean {
    return this.#slices.length === 0;
  }

  /** A buffer with room for a slice of `bytes`. */
  arena(bytes: number): Buffer {
    // A single row may be larger than a slice should be.
    if (bytes > SLICE_BYTES) return Buffer.allocUnsafe(bytes);
    return this.#pool.pop() ?? Buffer.allocUnsafe(SLICE_BYTES);
  }

  add(slice: InFlight): void {
    this.#slices.push(slice);
    this.#bytes += slice.bytes;
  }

  /** Everything below `seq` was taken. */
  credit(seq: number): void {
    let taken = 0;
    for (const slice of this.#slices) {
      if (slice.endSeq > seq) break;
      taken += 1;
      this.#bytes -= slice.bytes;
      this.#pool.push(...slice.arenas.filter((arena) => arena.length === SLICE_BYTES));
    }
    if (taken > 0) this.#slices.splice(0, taken);
  }

  /** Forgets what is in flight. Buffers are not reused: a broken connection may still hold them. */
  reset(): void {
    this.#slices = [];
    this.#bytes = 0;
    this.#pool = [];
  }
}
