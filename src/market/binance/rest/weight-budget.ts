const MINUTE_MS = 60_000;
/** The rest is for other processes of this host, and for clocks that differ. */
const SHARE = 0.8;

/**
 * How much of an IP address's weight of this minute is used. The exchange says it with each answer, other processes of the
 * host included; what was sent since then is added. Pure: times come in as arguments, unix ms.
 */
export class WeightBudget {
  readonly #share: number;
  #minute = 0;
  #used = 0;
  #heldUntil = 0;

  constructor(weightPerMinute: number) {
    this.#share = weightPerMinute * SHARE;
  }

  /** How long a request of this weight has to wait, ms; 0: not at all. */
  waitMs(weight: number, now: number): number {
    this.#turn(now);
    const held = this.#heldUntil - now;
    if (held > 0) return held;
    // A request heavier than the share goes alone, at the beginning of a minute.
    if (this.#used === 0 || this.#used + weight <= this.#share) return 0;
    return (this.#minute + 1) * MINUTE_MS - now;
  }

  spend(weight: number, now: number): void {
    this.#turn(now);
    this.#used += weight;
  }

  /** What the exchange has counted. */
  counted(used: number, now: number): void {
    this.#turn(now);
    this.#used = Math.max(this.#used, used);
  }

  /** The exchange wants no request before. */
  holdUntil(time: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, time);
  }

  #turn(now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#used = 0;
  }
}
