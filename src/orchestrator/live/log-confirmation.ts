import type { BusLog } from '../../bus/log.ts';
import type { LogPosition } from '../../model/wire/live-log.ts';

export interface LogConfirmationOptions {
  readonly log: BusLog;
  /** The log has the message at this position, and so all before it. */
  readonly onStored: (at: LogPosition) => void;
  /** The log does not have a message that was sent, and will not get it. */
  readonly onMissing: (reason: string) => void;
}

interface Sent {
  readonly place: number;
  readonly at: LogPosition;
}

/** How often it asks, as long as messages are on the way. */
const ASK_MS = 20;
/** A message that is not in the log so long after it was first looked for was not kept. */
const MISSING_MS = 1_000;

/**
 * Finds out how far the log has got, by looking at it now and then: messages are sent without an answer of their own,
 * because ten thousand answers a second cost more than the messages.
 */
export class LogConfirmation {
  readonly #options: LogConfirmationOptions;
  /** The message that was sent last; undefined when all is known. */
  #latest: Sent | undefined;
  /** The message that is looked for, and since when. */
  #awaited: (Sent & { readonly since: number }) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LogConfirmationOptions) {
    this.#options = options;
  }

  /** A message was sent; it should be at this place. */
  sent(place: number, at: LogPosition): void {
    this.#latest = { place, at };
    this.#askSoon();
  }

  /** Forgets what was sent: tells nothing of it any more. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#latest = undefined;
    this.#awaited = undefined;
  }

  #askSoon(): void {
    this.#timer ??= setTimeout(() => void this.#ask(), ASK_MS);
  }

  async #ask(): Promise<void> {
    if (this.#latest === undefined) return;
    this.#awaited ??= { ...this.#latest, since: performance.now() };
    const awaited = this.#awaited;
    const timer = this.#timer;
    const found = await this.#options.log.at(awaited.place).catch(() => undefined);
    // What was sent may have been forgotten meanwhile, and other messages sent.
    if (this.#awaited !== awaited || this.#timer !== timer) return;
    this.#timer = undefined;
    if (found === undefined) this.#notYet(awaited.since);
    else if (isSame(found.at, awaited.at)) this.#found(awaited);
    else this.#options.onMissing('the log has another message in its place');
    if (this.#latest !== undefined) this.#askSoon();
  }

  #notYet(since: number): void {
    if (performance.now() - since > MISSING_MS) this.#options.onMissing('a message is not in the log');
  }

  #found({ place, at }: Sent): void {
    this.#awaited = undefined;
    if (this.#latest?.place === place) this.#latest = undefined;
    this.#options.onStored(at);
  }
}

function isSame(a: LogPosition, b: LogPosition): boolean {
  return a.run === b.run && a.epoch === b.epoch && a.seq === b.seq;
}
