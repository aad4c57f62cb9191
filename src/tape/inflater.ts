import { constants, createZstdDecompress } from 'node:zlib';
import { inflate } from './zstd.ts';
import { handleOf, type ZstdHandle } from './zstd-handle.ts';

/**
 * Inflates ZSTD frames into memory that the caller keeps, with one decoder for all. The public functions make a decoder and
 * a fresh buffer for each call: 0.20 in place of 0.13 CPU s per million rows, and as much garbage as there are rows. A decoder
 * begins anew by itself after a frame; telling it to makes another one, which costs as much as 4 KiB.
 */
export class Inflater {
  #decoder = newDecoder();

  /** False when this version of node:zlib is not what is known here: the public function does the work, and a copy. */
  get direct(): boolean {
    return this.#decoder !== undefined;
  }

  /** Fills the first `length` bytes of `into`, which has room for one more: that shows a frame that is too long. */
  inflate(bytes: Uint8Array, into: Uint8Array, length: number): void {
    if (into.length <= length) throw new RangeError(`there is no room for ${length} bytes and one more`);
    if (this.#decoder !== undefined && fills(this.#decoder, bytes, into, length)) return;
    // A damaged frame closes its decoder; the public function says what is wrong with it. One that was cut off leaves the
    // decoder in its middle: the next frame is no block there, and comes here as well.
    if (this.#decoder !== undefined) this.#decoder = newDecoder();
    into.set(inflate(bytes, length));
  }
}

function fills({ handle, left }: ZstdHandle, bytes: Uint8Array, into: Uint8Array, length: number): boolean {
  left.fill(-1);
  handle.writeSync(constants.ZSTD_e_continue, bytes, 0, bytes.length, into, 0, length + 1);
  return left[0] === 1 && left[1] === 0;
}

function newDecoder(): ZstdHandle | undefined {
  return handleOf(createZstdDecompress({ chunkSize: constants.Z_MIN_CHUNK }));
}
