import type { LogPosition } from '../../model/wire/live-log.ts';

/** A message that was sent, or will be. */
export interface SentMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly at: LogPosition;
  /** ms of a steady clock. */
  readonly takenAt: number;
}

export interface LogWindowOptions {
  readonly maxBytes: number;
  /** How long a message is kept after it was taken although the log has it, ms. */
  readonly keepMs: number;
  /** Rows below are in the log. */
  readonly stored: number;
}

/** What a message costs beside its payload. An estimate on the safe side. */
const OVERHEAD_BYTES = 256;

/**
 * The newest messages of a log writer, in order: those of which it is not known that the log has them, and those that it has
 * had for so short a time that a loss of power could take them again. Bounded by bytes; pure.
 */
export class LogWindow {
  readonly #maxBytes: number;
  readonly #keepMs: number;
  #messages: SentMessage[] = [];
  /** Messages before it are forgotten; they leave the array many at a time. */
  #head = 0;
  /** The first one of which it is not known that the log has it. */
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

  /** The oldest message that is kept. */
  get first(): SentMessage | undefined {
    return this.#messages[this.#head];
  }

  /** False, and nothing happens, when there is no room. One message has room always. */
  add(message: SentMessage): boolean {
    const size = sizeOf(message);
    while (this.#bytes + size > this.#maxBytes && this.#head < this.#unstored) this.#forget();
    if (this.#bytes + size > this.#maxBytes && this.#bytes > 0) return false;
    this.#messages.push(message);
    this.#bytes += size;
    this.#unstoredBytes += size;
    return true;
  }

  /** The log has all rows below `seq`: lower than before when it has lost some. */
  storedUpTo(seq: number, now: number): void {
    if (seq < this.#stored) {
      this.#unstored = this.#head;
      this.#unstoredBytes = this.#bytes;
    }
    this.#stored = seq;
    for (;;) {
      const message = this.#messages[this.#unstored];
      if (message === undefined || endOf(message) > seq) break;
      this.#unstored += 1;
      this.#unstoredBytes -= sizeOf(message);
    }
    while (this.#head < this.#unstored && (this.first?.takenAt ?? now) + this.#keepMs < now) this.#forget();
  }

  /** Messages that hold rows from `seq` on, until they have `maxBytes`. */
  from(seq: number, maxBytes: number): SentMessage[] {
    const found: SentMessage[] = [];
    let bytes = 0;
    for (let index = this.#unstored; index < this.#messages.length && bytes < maxBytes; index++) {
      const message = this.#messages[index];
      if (message === undefined || endOf(message) <= seq) continue;
      found.push(message);
      bytes += sizeOf(message);
    }
    return found;
  }

  #forget(): void {
    const { first } = this;
    if (first === undefined) return;
    this.#bytes -= sizeOf(first);
    this.#head += 1;
    if (this.#head < 1_024 || 2 * this.#head < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#head);
    this.#unstored -= this.#head;
    this.#head = 0;
  }
}

/** Number after its last row. */
function endOf({ at }: SentMessage): number {
  return at.seq + at.rows;
}

function sizeOf({ payload }: SentMessage): number {
  return payload.byteLength + OVERHEAD_BYTES;
}
