/** A question for the exchange's time, all unix ms: when it was sent, what the exchange said, when the answer was there. */
export interface ClockSample {
  readonly sentMs: number;
  readonly serverMs: number;
  readonly receivedMs: number;
}

export interface ClockEstimate {
  /** The exchange's clock minus ours: positive when ours is behind. */
  readonly offsetMs: number;
  /** Known to within half of it. */
  readonly roundTripMs: number;
}

const KEPT = 9;
const WORTH_TELLING_MS = 1_000;

/**
 * How far our clock is from the exchange's: the median of the last samples, so that one slow answer or one answer from a
 * cache does not count. Only told, never used to judge rows: a clock that is wrong is no reason to drop one. Pure.
 */
export class ClockSkew {
  #samples: ClockEstimate[] = [];
  #told: number | undefined;

  /** Gives the estimate when it is worth telling: more than 1 s off, and not what was told before; or right again. */
  add({ sentMs, serverMs, receivedMs }: ClockSample): ClockEstimate | undefined {
    const roundTripMs = receivedMs - sentMs;
    // Our clock was set back in between.
    if (roundTripMs < 0) return undefined;
    this.#samples = [...this.#samples, { offsetMs: serverMs - (sentMs + receivedMs) / 2, roundTripMs }].slice(-KEPT);
    const estimate = this.estimate;
    return estimate !== undefined && this.#isNews(estimate.offsetMs) ? estimate : undefined;
  }

  get estimate(): ClockEstimate | undefined {
    const sorted = this.#samples.toSorted((a, b) => a.offsetMs - b.offsetMs);
    return sorted[Math.floor(sorted.length / 2)];
  }

  #isNews(offsetMs: number): boolean {
    const off = Math.abs(offsetMs) > WORTH_TELLING_MS;
    const news = off
      ? this.#told === undefined || Math.abs(offsetMs - this.#told) > WORTH_TELLING_MS
      : this.#told !== undefined;
    if (news) this.#told = off ? offsetMs : undefined;
    return news;
  }
}
