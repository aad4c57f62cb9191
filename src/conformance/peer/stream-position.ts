import type { Claim } from '../../gateway/data/stream-position.ts';
import type { Written } from '../transcript.ts';

/** Where the one component of a check stands in its stream: which rows it was given, and which come next. */
export class StreamPosition {
  /** Bytes of each row of this run that was written as a whole, without its number. */
  #sizes: number[] = [];
  #run = 1;
  #next = 0;
  #acked = 0;

  get run(): number {
    return this.#run;
  }

  /** Number of the row that is written next. */
  get next(): number {
    return this.#next;
  }

  get written(): Written {
    return { rows: this.#sizes.length, bytes: this.#sizes.reduce((total, size) => total + size, 0) };
  }

  /** A new connection begins with the row that its handshake asks for; by default the first one not written. */
  begin({ from, run, received }: Claim): void {
    const { rows } = this.written;
    if (from === 'start') this.#next = 0;
    else if (from === 'next') this.#next = this.#acked > 0 ? this.#acked : rows;
    // What was never written cannot be skipped.
    else if (from !== undefined && (run === undefined || run === this.#run)) this.#next = Math.min(from, rows);
    else this.#next = received === undefined ? rows : this.#rowAt(received);
  }

  /** The next rows were written. Rows that the component has asked for again are not counted twice. */
  wrote(sizes: readonly number[]): void {
    this.#sizes.splice(this.#next, sizes.length, ...sizes);
    this.#next += sizes.length;
  }

  acknowledged(rows: number): void {
    this.#acked = Math.max(this.#acked, rows);
  }

  reborn(): void {
    this.#run += 1;
    this.#sizes = [];
    this.#next = 0;
    this.#acked = 0;
  }

  #rowAt(bytes: number): number {
    let total = 0;
    const row = this.#sizes.findIndex((size) => {
      total += size;
      return total > bytes;
    });
    return row < 0 ? this.#sizes.length : row;
  }
}
