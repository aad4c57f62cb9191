/** A frame in single bytes must not cost an object per byte. */
const MAX_PIECES = 256;

/** Bytes of a stream that were not used yet, in the pieces in which they came. */
export class BytePieces {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#pieces.length > MAX_PIECES) this.#join();
  }

  /** The first byte; undefined when there is none. */
  peek(): number | undefined {
    return this.#pieces[0]?.[0];
  }

  /** The next `length` bytes, of which there must be as many; copied only when they came in several pieces. */
  take(length: number): Buffer {
    if (length > this.#length) throw new RangeError(`${length} bytes of ${this.#length}`);
    if ((this.#pieces[0]?.length ?? 0) < length) this.#join();
    const [first = new Uint8Array()] = this.#pieces;
    if (first.length === length) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(length);
    this.#length -= length;
    return Buffer.from(first.buffer, first.byteOffset, length);
  }

  #join(): void {
    this.#pieces = [Buffer.concat(this.#pieces, this.#length)];
  }
}
