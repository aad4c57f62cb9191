import type { StreamStatus } from '../../../model/stream-status.ts';
import type { IdOrder } from './id-order.ts';

export interface OpenGapOptions {
  readonly topic: string;
  readonly order: IdOrder;
  readonly from: number;
  /** Included. */
  readonly to: number;
  status(status: StreamStatus): void;
}

/**
 * A range of ids that is being filled. Says what becomes of it piece by piece, in the order of the rows: every id of it is
 * in exactly one `filled` or `lost` status.
 */
export class OpenGap {
  readonly #topic: string;
  readonly #order: IdOrder;
  readonly #status: (status: StreamStatus) => void;
  #to: number;
  /** Where the piece begins that is complete so far. */
  #from: number;
  #rows = 0;
  /** Answers in a row that ended before the end of the gap and brought nothing. */
  #emptyAnswers = 0;
  #gotOn = false;

  constructor({ topic, order, from, to, status }: OpenGapOptions) {
    this.#topic = topic;
    this.#order = order;
    this.#status = status;
    this.#from = from;
    this.#to = to;
    this.#say('filling', from, to);
  }

  get to(): number {
    return this.#to;
  }

  /** More is missing than was known. */
  extend(to: number): void {
    if (to <= this.#to) return;
    this.#say('filling', this.#order.after(this.#to), to);
    this.#to = to;
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
    this.#say('filled', this.#from, this.#order.before(end));
    this.#from = end;
    this.#rows = 0;
  }

  /** `from` to `to` cannot be had; what is before them is there. */
  lost(from: number, to: number, reason: string): void {
    this.filledUntil(from);
    this.#say('lost', from, to, reason);
    this.#from = this.#order.after(to);
  }

  #say(state: 'filling' | 'filled' | 'lost', from: number, to: number, reason?: string): void {
    const rows = state === 'filled' ? this.#rows : 0;
    this.#status({
      kind: 'gap',
      topic: this.#topic,
      state,
      from,
      to,
      rows,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
