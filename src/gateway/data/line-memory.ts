import { SLICE_BYTES } from '../../model/wire/slice-limits.ts';

/** A piece of memory in which the lines of slices lie one after the other. */
export interface LinePiece {
  readonly bytes: Buffer;
  /** So many are used. */
  used: number;
  /** Slices in it that somebody has not taken yet. */
  slices: number;
}

/** Room for the lines of a slice. */
export interface LentLines {
  readonly lines: Buffer;
  /** To be given back; undefined when the garbage collector does it. */
  readonly piece: LinePiece | undefined;
}

/**
 * Memory for the lines of slices, used again when everyone has taken them. New memory for each slice would keep the garbage
 * collector busy, and a piece for each small slice would be large for many sets of few topics.
 */
export class LineMemory {
  #piece: LinePiece | undefined;
  readonly #spare: LinePiece[] = [];

  lend(bytes: number): LentLines {
    // A single row may be larger than a slice should be.
    if (bytes > SLICE_BYTES) return { lines: Buffer.allocUnsafe(bytes), piece: undefined };
    const piece = this.#pieceFor(bytes);
    const lines = piece.bytes.subarray(piece.used, piece.used + bytes);
    piece.used += bytes;
    piece.slices += 1;
    return { lines, piece };
  }

  /** A slice of the piece is forgotten: its lines are void. */
  giveBack(piece: LinePiece): void {
    piece.slices -= 1;
    if (piece.slices > 0) return;
    piece.used = 0;
    if (piece !== this.#piece) this.#spare.push(piece);
  }

  #pieceFor(bytes: number): LinePiece {
    if (this.#piece !== undefined && this.#piece.used + bytes <= SLICE_BYTES) return this.#piece;
    this.#piece = this.#spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLICE_BYTES), used: 0, slices: 0 };
    return this.#piece;
  }
}
