import type { StreamStatus } from '../../../model/stream-status.ts';

/**
 * A range of ids that is being filled. Says what becomes of it piece by piece, in the order of the rows: every id of it is
 * in exactly one `filled` or `lost` status.
 */
export class OpenGap {
  readonly #topic: string;
  readonly #status: (status: StreamStatus) => void;
  readonly to: number;
  /** Where the piece begins that is complete so far. */
  #from: number;
  #rows = 0;
  /** Answers in a row that ended before the end of the gap and brought nothing. */
  #emptyAnswers = 0;
  #gotOn = false;

  constructor(topic: string, from: number, to: number, status: (status: StreamStatus) => void) {
    this.#topic = topic;
    this.#status = status;
    this.#from = from;
    this.to = to;
    status({ kind: 'gap', topic, state: 'filling', from, to, rows: 0 });
  }

  /** A row of the gap was delivered. */
  countRow(): void {
    this.#rows++;
    this.#gotOn = true;
  }

  /** An answer has ended before the end of the gap. Says how many in a row brought nothing. */
  countShortAnswer(): number {
    this.#emptyAnswers = this.#gotOn ? 0 : this.#emptyAnswers + 1;
    this.#gotOn = false;
    return this.#emptyAnswers;
  }

  /** All ids below `end` are settled: those that were not declared lost are there. */
  filledUntil(end: number): void {
    if (end <= this.#from) return;
    this.#status({
      kind: 'gap',
      topic: this.#topic,
      state: 'filled',
      from: this.#from,
      to: end - 1,
      rows: this.#rows,
    });
    this.#from = end;
    this.#rows = 0;
  }

  /** `from` to `to` cannot be had; what is before them is there. */
  lost(from: number, to: number, reason: string): void {
    this.filledUntil(from);
    this.#status({ kind: 'gap', topic: this.#topic, state: 'lost', from, to, rows: 0, reason });
    this.#from = to + 1;
  }
}
