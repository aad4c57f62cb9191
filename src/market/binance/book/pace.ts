export interface PaceOptions {
  /** ms */
  readonly everyMs: number;
  /** How much earlier one may come, because the times of a stream of that speed are not exact. ms */
  readonly slackMs: number;
}

/** Thins events by their own times: on average at most one per `everyMs`, of events 100 ms apart every fifth for 500 ms. */
export class Pace {
  readonly #everyMs: number;
  readonly #slackMs: number;
  /** Unix ms. */
  #due = Number.NEGATIVE_INFINITY;

  constructor({ everyMs, slackMs }: PaceOptions) {
    this.#everyMs = everyMs;
    this.#slackMs = slackMs;
  }

  /** Whether the event of this time is one that goes on. */
  isDue(time: number): boolean {
    if (time < this.#due - this.#slackMs) return false;
    const inStep = this.#due + this.#everyMs;
    // One that is late does not delay those after it; after a pause it begins anew.
    this.#due = time >= this.#due && inStep > time ? inStep : time + this.#everyMs;
    return true;
  }

  /** One went on although it was not due. */
  restart(time: number): void {
    this.#due = time + this.#everyMs;
  }
}
