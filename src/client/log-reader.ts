import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The tail of a log that is read at most. */
const MAX_TAIL_BYTES = 4 << 20;
const NEWLINE = 10;

/** Reads one log: its last lines, then the lines that come. A log that does not exist is empty; it may appear later. */
export class LogReader {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The last lines there are, also one that has no newline yet; `fresh` goes on after them. */
  last(count: number): string[] {
    const size = this.#size();
    const from = Math.max(0, size - MAX_TAIL_BYTES);
    const bytes = this.#read(from, size);
    this.#offset = from + bytes.length;
    if (bytes.length === 0 || count === 0) return [];
    return bytes.toString().replace(/\n$/, '').split('\n').slice(-count);
  }

  /** The whole lines that were written since. */
  fresh(): string[] {
    const size = this.#size();
    // A log that became shorter was rotated: go on from its new beginning.
    if (size < this.#offset) this.#offset = 0;
    const bytes = this.#read(this.#offset, size);
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
    this.#offset += whole.length;
    return whole.length === 0 ? [] : whole.toString().slice(0, -1).split('\n');
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(from: number, to: number): Buffer {
    if (to <= from) return Buffer.alloc(0);
    const file = openSync(this.#path, 'r');
    try {
      const buffer = Buffer.alloc(to - from);
      return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from));
    } finally {
      closeSync(file);
    }
  }
}
