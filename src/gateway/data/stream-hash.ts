import { createHash, type Hash } from 'node:crypto';

/** The bytes of a component's rows are hashed in pieces of this size; the last one is shorter. */
export const PIECE_BYTES = 1024 * 1024;

/** A state of the hash at the end of a piece, as it can be written down. */
export interface HashState {
  /** Whole pieces in `chain`. */
  readonly pieces: number;
  /** 32 bytes; zeros when there is no piece yet. */
  readonly chain: Buffer;
}

export const EMPTY_HASH: HashState = { pieces: 0, chain: Buffer.alloc(32) };

/**
 * The stream hash: H₀ = 32 zero bytes, Hₖ = SHA-256(Hₖ₋₁ ‖ SHA-256(piece k)). A chain of pieces, because the inner
 * state of a running SHA-256 cannot be saved, and a restarted server must go on where it was.
 */
export class StreamHash {
  #pieces: number;
  #chain: Buffer;
  #piece: Hash = createHash('sha256');
  #inPiece = 0;
  /** Bytes that `state` has already counted. */
  #skip: number;

  /** `bytes`: length of the stream before the next `update`, at most the end of the state's last piece. */
  constructor(state: HashState = EMPTY_HASH, bytes = 0) {
    this.#pieces = state.pieces;
    this.#chain = state.chain;
    this.#skip = state.pieces * PIECE_BYTES - bytes;
  }

  get state(): HashState {
    return { pieces: this.#pieces, chain: this.#chain };
  }

  /** The same hash, to go on by itself. */
  copy(): StreamHash {
    const copy = new StreamHash(this.state);
    copy.#piece = this.#piece.copy();
    copy.#inPiece = this.#inPiece;
    copy.#skip = this.#skip;
    return copy;
  }

  /** True when a piece was completed. */
  update(bytes: Buffer): boolean {
    let place = Math.min(this.#skip, bytes.length);
    this.#skip -= place;
    const before = this.#pieces;
    while (place < bytes.length) {
      const end = Math.min(bytes.length, place + PIECE_BYTES - this.#inPiece);
      this.#piece.update(bytes.subarray(place, end));
      this.#inPiece += end - place;
      place = end;
      if (this.#inPiece === PIECE_BYTES) this.#closePiece();
    }
    return this.#pieces > before;
  }

  /** Hash of everything so far, hex. */
  digest(): string {
    if (this.#inPiece === 0) return this.#chain.toString('hex');
    return link(this.#chain, this.#piece.copy().digest()).toString('hex');
  }

  #closePiece(): void {
    this.#chain = link(this.#chain, this.#piece.digest());
    this.#pieces += 1;
    this.#piece = createHash('sha256');
    this.#inPiece = 0;
  }
}

function link(chain: Buffer, piece: Buffer): Buffer {
  return createHash('sha256').update(chain).update(piece).digest();
}
