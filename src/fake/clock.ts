export interface MarketClockOptions {
  /** Market time at the start, unix ms. */
  readonly startAt: number;
  /** Market seconds per second. */
  readonly speed: number;
}

/** The time of the fake market: stands until `play`, then runs faster or slower than the clock on the wall. */
export class MarketClock {
  readonly #startAt: number;
  readonly #speed: number;
  #begin: number | undefined;
  /** What the exchange's clock shows too much, ms: in event times and `/time` alone. */
  skewMs = 0;

  constructor({ startAt, speed }: MarketClockOptions) {
    this.#startAt = startAt;
    this.#speed = speed;
  }

  get playing(): boolean {
    return this.#begin !== undefined;
  }

  play(): void {
    this.#begin ??= performance.now();
  }

  /** Unix ms with a fraction. */
  now(): number {
    if (this.#begin === undefined) return this.#startAt;
    return this.#startAt + (performance.now() - this.#begin) * this.#speed;
  }

  /** Unix µs. */
  nowUs(): number {
    return Math.floor(this.now() * 1_000);
  }

  /** What the exchange believes to be now, unix µs. */
  shownUs(): number {
    return Math.floor((this.now() + this.skewMs) * 1_000);
  }
}
