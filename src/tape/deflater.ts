import { constants, createZstdCompress } from 'node:zlib';
import { compress, PARAMS } from './zstd.ts';
import { handleOf, type ZstdHandle } from './zstd-handle.ts';

/**
 * Makes ZSTD frames with one compressor for all. The public function makes one for each call, and the memory of it, which the
 * garbage collector hears of and runs for: an eighth of an import. A frame that is ended leaves the compressor ready for the next.
 */
export class Deflater {
  #encoder: ZstdHandle | undefined = handleOf(createZstdCompress({ params: PARAMS, chunkSize: constants.Z_MIN_CHUNK }));
  /** Memory for one frame at a time. */
  #scratch = Buffer.alloc(0);

  /** False when this version of node:zlib is not what is known here: the public function does the work. */
  get direct(): boolean {
    return this.#encoder !== undefined;
  }

  /** A frame, in memory of its own. */
  compress(bytes: Uint8Array): Uint8Array {
    const encoder = this.#encoder;
    if (encoder === undefined) return compress(bytes);
    const room = mostOf(bytes.length);
    if (this.#scratch.length < room) this.#scratch = Buffer.allocUnsafeSlow(room);
    const { handle, left } = encoder;
    left.fill(-1);
    handle.writeSync(constants.ZSTD_e_end, bytes, 0, bytes.length, this.#scratch, 0, room);
    const [roomLeft = 0, unread] = left;
    if (unread === 0 && roomLeft > 0 && roomLeft < room)
      return new Uint8Array(this.#scratch.subarray(0, room - roomLeft));
    this.#encoder = undefined;
    return compress(bytes);
  }
}

/** More than a frame of so many bytes can have; see ZSTD_COMPRESSBOUND. */
function mostOf(bytes: number): number {
  return bytes + (bytes >> 8) + 1_024;
}
