import { MessagePages } from '../../../model/wire/message-pages.ts';
import { endOf, type LiveMessage } from './live-message.ts';

/** The newest rows of the stream, without a gap, up to a number of bytes: whoever has read the log up to them is live. */
export class LiveRing {
  readonly #maxBytes: number;
  readonly #messages = new MessagePages();
  #bytes = 0;
  #nextSeq: number;
  #ts: number | undefined;

  constructor(maxBytes: number, nextSeq = 0) {
    this.#maxBytes = maxBytes;
    this.#nextSeq = nextSeq;
  }

  /** Number of the oldest row that it has; the next one when it has none. */
  get firstSeq(): number {
    return this.#messages.seqAt(this.#messages.begin) ?? this.#nextSeq;
  }

  /** Number of the row that comes next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Time of its newest row, unix ms; undefined when it has none. */
  get ts(): number | undefined {
    return this.#ts;
  }

  push(message: LiveMessage): void {
    const messages = this.#messages;
    messages.push(message);
    this.#bytes += message.payload.length;
    this.#nextSeq = endOf(message);
    this.#ts = message.at.ts;
    while (this.#bytes > this.#maxBytes && messages.begin < messages.end - 1) {
      this.#bytes -= messages.bytesAt(messages.begin);
      messages.drop();
    }
  }

  /** Rows are missing: it begins again with row `seq`. */
  reset(seq: number): void {
    this.#messages.clear();
    this.#bytes = 0;
    this.#nextSeq = seq;
    this.#ts = undefined;
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
    const place = this.#messages.placeAfter(seq);
    return this.#messages.seqAt(place) === seq ? this.#messages.at(place) : undefined;
  }

  /** The messages with row `seq` and later ones. */
  *from(seq: number): Generator<LiveMessage> {
    for (let place = this.#messages.placeAfter(seq); place < this.#messages.end; place++) {
      const message = this.#messages.at(place);
      if (message !== undefined) yield message;
    }
  }
}
