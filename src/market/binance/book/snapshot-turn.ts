const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** After so long without a request the waits begin anew. */
const CALM_MS = 60_000;

/** When the next snapshot may be asked for: at once, then less and less often, because one costs much of the REST budget. */
export class SnapshotTurn {
  #isOpen = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #waitMs = MIN_WAIT_MS;

  /** A request is under way. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True when it is the caller's turn: the request counts as sent at `now`, unix ms. */
  take(now: number): boolean {
    if (this.#isOpen || now < this.#askedAt + this.#waitMs) return false;
    this.#waitMs = now - this.#askedAt > CALM_MS ? MIN_WAIT_MS : Math.min(this.#waitMs * 2, MAX_WAIT_MS);
    this.#askedAt = now;
    this.#isOpen = true;
    return true;
  }

  /** It was answered. False when there was none. */
  close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    return wasOpen;
  }
}
