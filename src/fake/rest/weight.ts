const MINUTE = 60_000;

/** Weight that was used in the running minute of the wall clock; one client is assumed. */
export class Weight {
  readonly #limit: number;
  #minute = 0;
  #used = 0;

  constructor(perMinute: number) {
    this.#limit = perMinute;
  }

  /** What is used after this request. `now`: unix ms. */
  use(weight: number, now: number): number {
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) this.#used = 0;
    this.#minute = minute;
    this.#used += weight;
    return this.#used;
  }

  get exceeded(): boolean {
    return this.#used > this.#limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Until the minute is over. */
  secondsLeft(now: number): number {
    return Math.ceil((MINUTE - (now % MINUTE)) / 1_000);
  }
}
