/** Counts messages within a second. */
export class MessageRate {
  readonly #limit: number;
  #times: number[] = [];

  constructor(perSecond: number) {
    this.#limit = perSecond;
  }

  /** False: that was one too many. `now`: ms. */
  take(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < 1_000);
    this.#times.push(now);
    return this.#times.length <= this.#limit;
  }
}
