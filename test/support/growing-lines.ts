import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The complete lines of a file that is only ever appended to: each look reads no more than what came since the last. */
export class GrowingLines {
  readonly #path: string;
  readonly #lines: string[] = [];
  #bytes = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** All lines until now; none where there is no file yet. The array grows at the next look. */
  get all(): readonly string[] {
    const fresh = this.#fresh();
    if (fresh.length === 0) return this.#lines;
    const bytes = Buffer.concat([this.#rest, fresh]);
    const end = bytes.lastIndexOf('\n') + 1;
    this.#rest = bytes.subarray(end);
    if (end > 0) for (const line of bytes.toString('utf8', 0, end - 1).split('\n')) this.#lines.push(line);
    return this.#lines;
  }

  #fresh(): Buffer {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      return Buffer.alloc(0);
    }
    try {
      const { size } = fstatSync(file);
      if (size < this.#bytes) throw new Error(`${this.#path} was ${this.#bytes} bytes and is ${size}`);
      const fresh = Buffer.alloc(size - this.#bytes);
      const read = readSync(file, fresh, 0, fresh.length, this.#bytes);
      this.#bytes += read;
      return fresh.subarray(0, read);
    } finally {
      closeSync(file);
    }
  }
}
