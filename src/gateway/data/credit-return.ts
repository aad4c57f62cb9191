/** A quarter of the slices that may be in flight: what is kept back here never stops the orchestrator. */
const SLICES_PER_CREDIT = 4;
/** Before a pause or the end the last slices have no others to go with. */
const CREDIT_WITHIN_MS = 5;

/** Gives credit for several slices at once: each message of its own would wake two other processes. */
export class CreditReturn {
  readonly #send: () => void;
  /** Taken since the last credit. */
  #slices = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `send` says how far everything is now. */
  constructor(send: () => void) {
    this.#send = send;
  }

  /** So many more slices were taken. */
  taken(slices: number): void {
    this.#slices += slices;
    if (this.#slices >= SLICES_PER_CREDIT) this.#give();
    else this.#timer ??= setTimeout(() => this.#give(), CREDIT_WITHIN_MS);
  }

  /** What was taken is of no interest any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#slices = 0;
  }

  #give(): void {
    this.cancel();
    this.#send();
  }
}
