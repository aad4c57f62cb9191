/** Memory gets room in such steps, so that it fits the next batch as well. */
const STEP_BYTES = 128 * 1024;
/** Of memory that nobody uses; more was needed only for a moment. */
const MAX_FREE = 8;

/** Memory of record batches, used again when every connection has written them. */
export class BatchMemory {
  #free: Buffer[] = [];

  claim(bytes: number): Buffer {
    const place = this.#free.findIndex((memory) => memory.length >= bytes);
    const [found] = place < 0 ? [] : this.#free.splice(place, 1);
    return found ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }

  give(memory: Buffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(memory);
  }
}

/** A record batch as it is written to every component of a group. */
export class EncodedBatch {
  /** Its first row, and the one after its last. */
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
  readonly #memory: Buffer;
  readonly #pool: BatchMemory;
  /** Its group is the first. */
  #users = 1;

  constructor(rows: { readonly from: number; readonly to: number }, bytes: Buffer, memory: Buffer, pool: BatchMemory) {
    this.from = rows.from;
    this.to = rows.to;
    this.bytes = bytes;
    this.#memory = memory;
    this.#pool = pool;
  }

  /** Somebody writes it; nothing happens when they never say {@link leave}, as at the end of a connection. */
  use(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#pool.give(this.#memory);
  }
}
