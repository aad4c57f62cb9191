/** A frame as it came. */
export interface SocketFrame {
  readonly text: Buffer;
  /** Unix ms with fractions. */
  readonly receivedAtMs: number;
  readonly connection: number;
  /** Undefined: it belongs to no stream, e.g. a reply. */
  readonly stream: string | undefined;
}

/**
 * Frames of a connection that is about to take over from another. They wait a moment: when the old one is a little behind,
 * what it still delivers comes before them, and there is no false gap. Nothing is dropped here; those that the old one
 * has delivered as well are known by their ids further on.
 */
export class HeldFrames {
  readonly #holdMs: number;
  #frames: { frame: SocketFrame; at: number }[] = [];

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  push(frame: SocketFrame, now: number): void {
    this.#frames.push({ frame, at: now });
  }

  /** Those that have waited long enough. */
  due(now: number): SocketFrame[] {
    const waiting = this.#frames.findIndex(({ at }) => now - at < this.#holdMs);
    return this.#take(waiting === -1 ? this.#frames.length : waiting);
  }

  all(): SocketFrame[] {
    return this.#take(this.#frames.length);
  }

  #take(count: number): SocketFrame[] {
    return count === 0 ? [] : this.#frames.splice(0, count).map(({ frame }) => frame);
  }
}
