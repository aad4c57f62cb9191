interface Sent {
  /** Number after its last row. */
  readonly seq: number;
  readonly bytes: number;
}

/**
 * Keeps what was written and not taken below a bound, while history comes as fast as it can be read: the log would drop rows
 * that components have not had. Live rows wait for nobody.
 */
export class ReadingPace {
  readonly #maxBytes: number;
  #sent: Sent[] = [];
  #bytes = 0;
  #taken = 0;
  #wake: (() => void) | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `seq`: number after the last row. */
  sent(seq: number, bytes: number): void {
    this.#sent.push({ seq, bytes });
    this.#bytes += bytes;
  }

  /** Every component that is there has taken the rows below. */
  taken(seq: number): void {
    this.#taken = Math.max(this.#taken, seq);
    let count = 0;
    while ((this.#sent[count]?.seq ?? Infinity) <= this.#taken) {
      this.#bytes -= this.#sent[count]?.bytes ?? 0;
      count += 1;
    }
    if (count > 0) this.#sent = this.#sent.slice(count);
    if (this.#bytes <= this.#maxBytes) this.#wake?.();
  }

  /** Undefined when there is room, else what to wait for. */
  room(): Promise<void> | undefined {
    if (this.#bytes <= this.#maxBytes) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
