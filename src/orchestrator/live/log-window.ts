import { MessagePages, type PagedMessage } from '../../model/wire/message-pages.ts';

/** A message that was sent, or will be. */
export type SentMessage = PagedMessage;

export interface LogWindowOptions {
  readonly maxBytes: number;
  /** How long a message is kept after it was taken although the log has it, ms. */
  readonly keepMs: number;
  /** Rows below are in the log. */
  readonly stored: number;
}

/** What a message costs beside its payload, and its part of a page that is not full. An estimate on the safe side. */
const OVERHEAD_BYTES = 256;

/**
 * The newest messages of a log writer, in order: those of which it is not known that the log has them, and those that it has
 * had for so short a time that a loss of power could take them again. Bounded by bytes; pure.
 */
export class LogWindow {
  readonly #maxBytes: number;
  readonly #keepMs: number;
  readonly #messages = new MessagePages();
  /** Place of the first one of which it is not known that the log has it. */
  #unstored = 0;
  #bytes = 0;
  #unstoredBytes = 0;
  #stored: number;

  constructor({ maxBytes, keepMs, stored }: LogWindowOptions) {
    this.#maxBytes = maxBytes;
    this.#keepMs = keepMs;
    this.#stored = stored;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of these it is not known that the log has them. */
  get unstoredBytes(): number {
    return this.#unstoredBytes;
  }

  /** Rows below are in the log. */
  get stored(): number {
    return this.#stored;
  }

  /** The oldest row that is kept; undefined when there is none. */
  get firstSeq(): number | undefined {
    return this.#messages.seqAt(this.#messages.begin);
  }

  /** False, and nothing happens, when there is no room. One message has room always. `now`: ms of a steady clock. */
  add(message: SentMessage, now: number): boolean {
    const size = message.payload.byteLength + OVERHEAD_BYTES;
    while (this.#bytes + size > this.#maxBytes && this.#messages.begin < this.#unstored) this.#forget();
    if (this.#bytes + size > this.#maxBytes && this.#bytes > 0) return false;
    this.#messages.push(message, now);
    this.#bytes += size;
    this.#unstoredBytes += size;
    return true;
  }

  /** The log has all rows below `seq`: lower than before when it has lost some. `now`: as in `add`. */
  storedUpTo(seq: number, now: number): void {
    if (seq < this.#stored) {
      this.#unstored = this.#messages.begin;
      this.#unstoredBytes = this.#bytes;
    }
    this.#stored = seq;
    while ((this.#messages.endSeqAt(this.#unstored) ?? Infinity) <= seq) {
      this.#unstoredBytes -= this.#sizeAt(this.#unstored);
      this.#unstored += 1;
    }
    while (this.#messages.begin < this.#unstored && this.#takenFirst + this.#keepMs < now) this.#forget();
  }

  /** Messages that hold rows from `seq` on, until they have `maxBytes`. */
  from(seq: number, maxBytes: number): SentMessage[] {
    const found: SentMessage[] = [];
    let bytes = 0;
    const first = Math.max(this.#unstored, this.#messages.placeAfter(seq));
    for (let place = first; place < this.#messages.end && bytes < maxBytes; place++) {
      const message = this.#messages.at(place);
      if (message === undefined) continue;
      found.push(message);
      bytes += this.#sizeAt(place);
    }
    return found;
  }

  /** When the oldest message was taken. */
  get #takenFirst(): number {
    return this.#messages.noteAt(this.#messages.begin) ?? Infinity;
  }

  #sizeAt(place: number): number {
    return this.#messages.bytesAt(place) + OVERHEAD_BYTES;
  }

  #forget(): void {
    this.#bytes -= this.#sizeAt(this.#messages.begin);
    this.#messages.drop();
  }
}
