import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PIECE_BYTES = 1 << 20;

/** What a stream of rows is checked by: written from docs/stream.md, without the code that it checks. */
export class StreamDigest {
  bytes = 0;
  #crc = 0;
  #chain: Buffer = Buffer.alloc(32);
  #piece: Hash = createHash('sha256');
  #inPiece = 0;

  add(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#crc = crc32(bytes, this.#crc);
    for (let place = 0; place < bytes.length; ) {
      const end = Math.min(bytes.length, place + PIECE_BYTES - this.#inPiece);
      this.#piece.update(bytes.subarray(place, end));
      this.#inPiece += end - place;
      place = end;
      if (this.#inPiece === PIECE_BYTES) this.#close();
    }
  }

  /** CRC-32 of everything. */
  get crc(): number {
    return this.#crc;
  }

  /** The stream hash, hex. Ends the digest. */
  hash(): string {
    if (this.#inPiece > 0) this.#close();
    return this.#chain.toString('hex');
  }

  #close(): void {
    this.#chain = createHash('sha256').update(this.#chain).update(this.#piece.digest()).digest();
    this.#piece = createHash('sha256');
    this.#inPiece = 0;
  }
}
