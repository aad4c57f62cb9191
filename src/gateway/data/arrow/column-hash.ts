import { createHash, type Hash } from 'node:crypto';
import { EMPTY_HASH, type HashState } from '../stream-hash.ts';
import type { ArrowSchema, SchemaColumn } from './arrow-schema.ts';
import type { ColumnChunk } from './column-chunk.ts';

/** Rows are hashed in pieces of so many; the last one is shorter. */
export const PIECE_ROWS = 16_384;

/**
 * The stream hash of an Arrow stream: H₀ = 32 zero bytes, Hₖ = SHA-256(Hₖ₋₁ ‖ SHA-256(column hashes of piece k)). The columns
 * are hashed one by one, so that it does not depend on how the rows were cut into batches. `seq` says nothing more and
 * is left out. See docs/arrow.md.
 */
export class ColumnHash {
  readonly #schema: ArrowSchema;
  #pieces: number;
  #chain: Buffer;
  #columns: readonly Hash[];
  #inPiece = 0;
  /** Rows that `state` has already counted. */
  #skip: number;

  /** `rows`: length of the stream before the next `update`, at most the end of the state's last piece. */
  constructor(schema: ArrowSchema, state: HashState = EMPTY_HASH, rows = 0) {
    this.#schema = schema;
    this.#pieces = state.pieces;
    this.#chain = state.chain;
    this.#skip = state.pieces * PIECE_ROWS - rows;
    this.#columns = hashesOf(schema);
  }

  get state(): HashState {
    return { pieces: this.#pieces, chain: this.#chain };
  }

  /** The same hash, to go on by itself. */
  copy(): ColumnHash {
    const copy = new ColumnHash(this.#schema, this.state);
    copy.#columns = this.#columns.map((hash) => hash.copy());
    copy.#inPiece = this.#inPiece;
    copy.#skip = this.#skip;
    return copy;
  }

  /** True when a piece was completed. */
  update(chunk: ColumnChunk): boolean {
    let place = Math.min(this.#skip, chunk.rows);
    this.#skip -= place;
    const before = this.#pieces;
    while (place < chunk.rows) {
      const end = Math.min(chunk.rows, place + PIECE_ROWS - this.#inPiece);
      this.#hashRows(chunk, place, end);
      this.#inPiece += end - place;
      place = end;
      if (this.#inPiece === PIECE_ROWS) this.#closePiece();
    }
    return this.#pieces > before;
  }

  /** Hash of everything so far, hex. */
  digest(): string {
    if (this.#inPiece === 0) return this.#chain.toString('hex');
    return this.#link(this.#columns.map((hash) => hash.copy())).toString('hex');
  }

  #hashRows({ ts, topic, columns }: ColumnChunk, from: number, to: number): void {
    let next = 0;
    const add = (bytes: Uint8Array): void => {
      this.#columns[next]?.update(bytes);
      next += 1;
    };
    add(bytesOf(ts, 2 * from, 2 * to));
    add(bytesOf(topic, from, to));
    for (const [place, { values, valid }] of columns.entries()) {
      if (this.#schema.columns[place]?.isTime === true) continue;
      if (valid !== undefined) add(valid.subarray(from, to));
      if (values.kind === 'words') add(bytesOf(values.words, 2 * from, 2 * to));
      else if (values.kind === 'bytes') add(values.bytes.subarray(from, to));
      else {
        add(bytesOf(lengthsOf(values.offsets, from, to), 0, to - from));
        add(values.bytes.subarray(values.offsets[from], values.offsets[to]));
      }
    }
  }

  /** Of each column in turn; one that repeats `ts` has its hash. */
  #link(hashes: readonly Hash[]): Buffer {
    const digests = hashes.map((hash) => hash.digest());
    const [ts = NONE, topic = NONE] = digests;
    const piece = createHash('sha256').update(ts).update(topic);
    let next = 2;
    for (const column of this.#schema.columns) {
      if (column.isTime) piece.update(ts);
      for (let count = hashCount(column); count > 0; count--) piece.update(digests[next++] ?? NONE);
    }
    return createHash('sha256').update(this.#chain).update(piece.digest()).digest();
  }

  #closePiece(): void {
    this.#chain = this.#link(this.#columns);
    this.#pieces += 1;
    this.#columns = hashesOf(this.#schema);
    this.#inPiece = 0;
  }
}

const NONE = Buffer.alloc(0);

/** One for `ts`, one for `topic`, and those of the other columns. */
function hashesOf({ columns }: ArrowSchema): Hash[] {
  const count = columns.reduce((sum, column) => sum + hashCount(column), 2);
  return Array.from({ length: count }, () => createHash('sha256'));
}

/** One for what is null, if anything may be, one for the values; of texts one for their lengths as well. */
function hashCount({ kind, nullable, isTime }: SchemaColumn): number {
  return isTime ? 0 : (nullable ? 1 : 0) + (kind === 'utf8' ? 2 : 1);
}

function lengthsOf(offsets: Int32Array, from: number, to: number): Int32Array {
  const lengths = new Int32Array(to - from);
  for (let row = from; row < to; row++) lengths[row - from] = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
  return lengths;
}

function bytesOf(
  { buffer, byteOffset, BYTES_PER_ELEMENT }: Int32Array | Int16Array,
  from: number,
  to: number,
): Uint8Array {
  return new Uint8Array(buffer, byteOffset + BYTES_PER_ELEMENT * from, BYTES_PER_ELEMENT * (to - from));
}
