const QUIET_MS = 5_000;
const MAX_WAIT_MS = 60_000;
/** An answer with so many has not come to the end: half a page of REST. */
const MANY = 500;

/**
 * Whether REST should be asked what came after the last event, because no live one has told it yet: events may be missing
 * after an interruption, and the next trade of a quiet symbol may be hours away. Times are unix ms.
 */
export class QuietWatch {
  #isOn = false;
  #since: number | undefined;
  #waitMs = QUIET_MS;
  /** The id that was due when REST was asked. */
  #askedFor: number | undefined;

  /** Events may be missing. */
  start(): void {
    this.#isOn = true;
    this.#since = undefined;
    this.#waitMs = QUIET_MS;
  }

  /** A live event came: it tells what is missing. */
  stop(): void {
    this.#isOn = false;
  }

  isTime(now: number): boolean {
    if (!this.#isOn) return false;
    this.#since ??= now;
    return now - this.#since >= this.#waitMs;
  }

  asked(due: number): void {
    this.#askedFor = due;
  }

  /**
   * An answer has ended; `due`: the id that is due now. After one that brought many there are more. One that brought few came
   * to the end of a market that goes on: asking at once for each of its next trades would use up the REST budget in seconds.
   */
  answered(due: number | undefined, now: number): void {
    const got = (due ?? 0) - (this.#askedFor ?? 0);
    if (got === 0) this.#isOn = false;
    if (got < MANY) this.#since = now;
    this.#askedFor = undefined;
  }

  failed(now: number): void {
    this.#askedFor = undefined;
    this.#since = now;
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_WAIT_MS);
  }
}
