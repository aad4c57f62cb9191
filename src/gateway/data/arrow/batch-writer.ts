import type { EncodedBatch } from './batch-memory.ts';
import type { ColumnGroup } from './column-group.ts';

/** What a connection writes next of its Arrow stream. */
export interface ArrowPiece {
  readonly bytes: Buffer;
  /** Of `bytes` these are written already. */
  readonly from: number;
  /** When `bytes` are written the component has the rows below. */
  readonly row: number;
}

/** The Arrow stream of one data connection: its head, record batches, its end; each is written to its last byte. */
export class BatchWriter {
  #bytes: Buffer | undefined;
  #batch: EncodedBatch | undefined;
  #from = 0;
  #row = 0;
  #begun = false;
  #ended = false;

  /** Something of the stream is written: nothing but the rest of it can follow. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The piece in progress, or the next one for a component that has `row` rows; undefined when there is none. */
  piece(group: ColumnGroup, row: number): ArrowPiece | undefined {
    if (this.#bytes === undefined && !this.#next(group, row)) return undefined;
    const bytes = this.#bytes;
    return bytes === undefined ? undefined : { bytes, from: this.#from, row: this.#row };
  }

  /** The kernel has taken more of the piece. True when it has taken all of it. */
  wrote(length: number): boolean {
    this.#from += length;
    if (this.#from < (this.#bytes?.length ?? 0)) return false;
    this.#bytes = undefined;
    this.#batch?.leave();
    this.#batch = undefined;
    return true;
  }

  #next(group: ColumnGroup, row: number): boolean {
    if (this.#ended) return false;
    if (!this.#begun) {
      this.#begun = true;
      return this.#begin(group.schema.head, row);
    }
    const batch = group.batchAt(row);
    if (batch !== undefined) {
      batch.use();
      this.#batch = batch;
      return this.#begin(batch.bytes, batch.to);
    }
    this.#ended = group.total !== undefined && row === group.total;
    return this.#ended && this.#begin(group.schema.tail, row);
  }

  #begin(bytes: Buffer, row: number): boolean {
    this.#bytes = bytes;
    this.#from = 0;
    this.#row = row;
    return true;
  }
}
