/** At most `limit` things in any `windowMs`. Pure: time comes in as an argument, ms. */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #times: number[] = [];
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor({ limit, windowMs }: { limit: number; windowMs: number }) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Takes one, if there is one. `reserve`: so many must be left after it. */
  take(now: number, reserve = 0): boolean {
    if (this.freeIn(now, reserve) > 0) return false;
    this.#times.push(now);
    return true;
  }

  /** Takes one that cannot wait, also beyond the limit. */
  force(now: number): void {
    this.#times.push(now);
  }

  /** Nothing is to be had before `until`. */
  hold(until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until);
  }

  used(now: number): number {
    this.#forget(now);
    return this.#times.length;
  }

  /** ms until one can be taken; 0: now. */
  freeIn(now: number, reserve = 0): number {
    this.#forget(now);
    const inTheWay = this.#times[this.#times.length - (this.#limit - reserve)];
    const free = inTheWay === undefined ? 0 : inTheWay + this.#windowMs - now;
    return Math.max(0, free, this.#heldUntil - now);
  }

  #forget(now: number): void {
    const kept = this.#times.findIndex((time) => time > now - this.#windowMs);
    this.#times.splice(0, kept === -1 ? this.#times.length : kept);
  }
}
