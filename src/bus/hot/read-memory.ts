/** Bytes of a piece; a message that is larger gets one of its own size. */
const PIECE_BYTES = 1 << 20;
/** So many pieces are kept for use again: what a session has in flight lies in more only when a slice is torn. */
const MAX_SPARE = 4;

/**
 * Memory that messages are read into, one after the other. It is used again when every message in it was released; when one
 * never is, the garbage collector takes it: to forget a release is slow and nothing worse.
 */
export class MemoryPiece {
  readonly bytes: Buffer;
  readonly #memory: ReadMemory;
  #lent = 0;
  #full = false;

  constructor(memory: ReadMemory, bytes: number) {
    this.#memory = memory;
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }

  /** A message lies in it. */
  lend(): void {
    this.#lent += 1;
  }

  /** Nobody looks at a message in it any more. */
  release(): void {
    this.#lent -= 1;
    this.#giveBack();
  }

  /** Nothing more is read into it. */
  fill(): void {
    this.#full = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (!this.#full || this.#lent > 0) return;
    this.#full = false;
    this.#memory.giveBack(this);
  }
}

/** The memory of one connection. */
export class ReadMemory {
  readonly #spare: MemoryPiece[] = [];

  /** An empty piece of at least so many bytes. */
  take(bytes = 0): MemoryPiece {
    if (bytes > PIECE_BYTES) return new MemoryPiece(this, bytes);
    return this.#spare.pop() ?? new MemoryPiece(this, PIECE_BYTES);
  }

  giveBack(piece: MemoryPiece): void {
    if (piece.bytes.length === PIECE_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(piece);
  }
}
