/** Small parts are written into a piece of memory of this size, and the next one when it is full. */
const CHUNK_BYTES = 64 << 10;
/** A part of so many bytes is not copied: the socket reads it where it is. */
export const REFERENCED_FROM = 4 << 10;

/** What goes out with one write of the socket. Memory that was handed out is not written to again. */
export class Outbox {
  #pieces: Uint8Array[] = [];
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** What is not handed out of the chunk: from here to `#to`. */
  #from = 0;
  #to = 0;
  #bytes = 0;

  /** What {@link take} would give. */
  get bytes(): number {
    return this.#bytes;
  }

  /** ASCII. */
  text(text: string): void {
    this.#reserve(text.length);
    this.#chunk.write(text, this.#to, 'latin1');
    this.#to += text.length;
    this.#bytes += text.length;
  }

  part(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (bytes.length >= REFERENCED_FROM) {
      this.#cut();
      this.#pieces.push(bytes);
      return;
    }
    this.#reserve(bytes.length);
    this.#chunk.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  take(): readonly Uint8Array[] {
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  #cut(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#chunk.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #reserve(bytes: number): void {
    if (this.#to + bytes <= this.#chunk.length) return;
    this.#cut();
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes));
    this.#from = 0;
    this.#to = 0;
  }
}
