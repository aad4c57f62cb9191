const MINUTE_MS = 60_000;
/** The rest is for other processes of this host, and for clocks that differ. */
const SHARE = 0.8;

export interface BudgetWait {
  /** `weight`: the share of this minute is used; `limited`: the exchange has said when to come again. */
  readonly reason: 'weight' | 'limited';
  readonly ms: number;
}

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

  /** Why and how long a request of this weight has to wait; undefined: not at all. */
  wait(weight: number, now: number): BudgetWait | undefined {
    this.#turn(now);
    if (this.#heldUntil > now) return { reason: 'limited', ms: this.#heldUntil - now };
    // A request heavier than the share goes alone, at the beginning of a minute.
    if (this.#used === 0 || this.#used + weight <= this.#share) return undefined;
    return { reason: 'weight', ms: (this.#minute + 1) * MINUTE_MS - now };
  }

  spend(weight: number, now: number): void {
    this.#turn(now);
    this.#used += weight;
  }

  /** What the exchange has counted; anything but a number is ignored. */
  counted(used: number, now: number): void {
    this.#turn(now);
    if (used > this.#used) this.#used = used;
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
