const QUIET_MS = 5_000;
const MAX_WAIT_MS = 60_000;

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

  /** An answer has ended; `due`: the id that is due now. After one that brought something there may be more. */
  answered(due: number | undefined): void {
    if (this.#askedFor === due) this.#isOn = false;
    this.#askedFor = undefined;
  }

  failed(now: number): void {
    this.#askedFor = undefined;
    this.#since = now;
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_WAIT_MS);
  }
}
