import { createHash, type Hash } from 'node:crypto';

const PIECE_BYTES = 1 << 20;

/**
 * The hash that tells whether two components saw the same stream, as Aegis reports it for a run: H₀ = 32 zero bytes,
 * Hₖ = SHA-256(Hₖ₋₁ ‖ SHA-256(piece k)) over pieces of 1 MiB.
 */
export class StreamHash {
  #chain: Buffer = Buffer.alloc(32);
  #piece: Hash = createHash('sha256');
  #inPiece = 0;

  update(bytes: Uint8Array): void {
    for (let place = 0; place < bytes.length; ) {
      const part = bytes.subarray(place, place + PIECE_BYTES - this.#inPiece);
      this.#piece.update(part);
      this.#inPiece += part.length;
      place += part.length;
      if (this.#inPiece < PIECE_BYTES) continue;
      this.#chain = this.#linked();
      this.#piece = createHash('sha256');
      this.#inPiece = 0;
    }
  }

  /** Of everything so far, hex. */
  digest(): string {
    return (this.#inPiece === 0 ? this.#chain : this.#linked()).toString('hex');
  }

  #linked(): Buffer {
    return createHash('sha256').update(this.#chain).update(this.#piece.copy().digest()).digest();
  }
}
