import { endOf, type LiveMessage } from './live-message.ts';

/** The newest rows of the stream, without a gap, up to a number of bytes: whoever has read the log up to them is live. */
export class LiveRing {
  readonly #maxBytes: number;
  #messages: (LiveMessage | undefined)[] = [];
  /** Messages before were dropped; their places go many at a time. */
  #start = 0;
  #bytes = 0;
  #nextSeq: number;

  constructor(maxBytes: number, nextSeq = 0) {
    this.#maxBytes = maxBytes;
    this.#nextSeq = nextSeq;
  }

  /** Number of the oldest row that it has; the next one when it has none. */
  get firstSeq(): number {
    return this.#messages[this.#start]?.at.seq ?? this.#nextSeq;
  }

  /** Number of the row that comes next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Time of its newest row, unix ms; undefined when it has none. */
  get ts(): number | undefined {
    return this.#messages.at(-1)?.at.ts;
  }

  push(message: LiveMessage): void {
    this.#messages.push(message);
    this.#bytes += message.payload.length;
    this.#nextSeq = endOf(message);
    while (this.#bytes > this.#maxBytes && this.#start < this.#messages.length - 1) {
      this.#bytes -= this.#messages[this.#start]?.payload.length ?? 0;
      this.#messages[this.#start] = undefined;
      this.#start += 1;
    }
    if (this.#start < 4_096 || this.#start < this.#messages.length / 2) return;
    this.#messages = this.#messages.slice(this.#start);
    this.#start = 0;
  }

  /** Rows are missing: it begins again with row `seq`. */
  reset(seq: number): void {
    this.#messages = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#nextSeq = seq;
  }

  /** Forgets row `seq` and all later ones. */
  cut(seq: number): void {
    const kept = [...this.from(0)].filter((message) => endOf(message) <= seq);
    this.reset(kept[0]?.at.seq ?? seq);
    for (const message of kept) this.push(message);
    // A message that reaches beyond `seq` went with its first rows.
    if (this.#nextSeq !== seq) this.reset(seq);
  }

  /** The message that begins with row `seq`; undefined when it is not there. */
  at(seq: number): LiveMessage | undefined {
    const message = this.#messages[this.#place(seq)];
    return message?.at.seq === seq ? message : undefined;
  }

  /** The messages with row `seq` and later ones. */
  *from(seq: number): Generator<LiveMessage> {
    for (let place = this.#place(seq); place < this.#messages.length; place++) {
      const message = this.#messages[place];
      if (message !== undefined) yield message;
    }
  }

  /** Place of the first message that ends after row `seq`. */
  #place(seq: number): number {
    let low = this.#start;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const message = this.#messages[middle];
      if (message !== undefined && endOf(message) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
