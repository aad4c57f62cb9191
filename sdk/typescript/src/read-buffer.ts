const BYTES = 1024 * 1024;
const LEAST_ROOM_BYTES = 64 * 1024;

/**
 * Where a socket is read into. What comes one after the other lies together, so that neither the rest of a row nor rows
 * that were read at several times have to be copied. Memory is never used again: rows may be kept.
 */
export class ReadBuffer {
  #bytes = Buffer.allocUnsafeSlow(BYTES);
  #begin = 0;
  #end = 0;

  /** Room for the next read. */
  room(): Buffer {
    if (this.#bytes.length - this.#end < LEAST_ROOM_BYTES) this.#renew();
    return this.#bytes.subarray(this.#end);
  }

  /** So many bytes were read into the room; all that is there now. */
  filled(bytes: number): Buffer {
    this.#end += bytes;
    return this.#bytes.subarray(this.#begin, this.#end);
  }

  /** So many of the first bytes are dealt with. */
  pass(bytes: number): void {
    this.#begin += bytes;
  }

  #renew(): void {
    const rest = this.#bytes.subarray(this.#begin, this.#end);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(BYTES, 2 * rest.length));
    this.#begin = 0;
    this.#end = rest.copy(this.#bytes);
  }
}

/** One buffer of two, without a copy, where the second lies after the first; undefined where it does not. */
export function joined(first: Buffer, second: Buffer): Buffer | undefined {
  if (first.buffer !== second.buffer || first.byteOffset + first.length !== second.byteOffset) return undefined;
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
}
