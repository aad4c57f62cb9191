/** Batches differ a little in size: memory should fit the next one as well. */
const STEP_BYTES = 64 * 1024;
/** Of memory that nobody uses. */
const MAX_FREE = 8;

/** Memory of the columns of batches, of whatever topic, used again when no slice needs them any more. */
export class ColumnMemory {
  #free: ArrayBuffer[] = [];

  claim(bytes: number): ArrayBuffer {
    const place = this.#free.findIndex((memory) => memory.byteLength >= bytes);
    const [found] = place < 0 ? [] : this.#free.splice(place, 1);
    return found ?? new ArrayBuffer(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }

  give(memory: ArrayBuffer): void {
    if (this.#free.length === MAX_FREE) this.#free.shift();
    this.#free.push(memory);
  }
}
