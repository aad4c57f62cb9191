import type { BusLog, LogMessage } from '../../bus/log.ts';
import { AegisError } from '../../model/errors.ts';
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

/** The message that is looked for. */
interface Sought extends Sent {
  /** Since when the log has not grown, ms of a steady clock. */
  since: number;
  /** How far it reached then. */
  last: number;
}

/** How often it asks, as long as messages are on the way. */
const ASK_MS = 20;
/** A log that has not grown for so long will not get a message that it does not have. */
const MISSING_MS = 1_000;

/**
 * Finds out how far the log has got, by looking at it now and then: messages are sent without an answer of their own,
 * because ten thousand answers a second cost more than the messages.
 */
export class LogConfirmation {
  readonly #options: LogConfirmationOptions;
  /** The message that was sent last; undefined when all is known. */
  #latest: Sent | undefined;
  #awaited: Sought | undefined;
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
    this.#awaited ??= { ...this.#latest, since: performance.now(), last: 0 };
    const awaited = this.#awaited;
    const timer = this.#timer;
    const found = await this.#look(awaited.place);
    // What was sent may have been forgotten meanwhile, and other messages sent.
    if (this.#awaited !== awaited || this.#timer !== timer) return;
    this.#timer = undefined;
    if (typeof found === 'number') this.#notYet(awaited, found);
    else if (found !== 'unknown') this.#onMessage(awaited, found);
    if (this.#latest !== undefined) this.#askSoon();
  }

  /** The first message at a place or after it; when there is none, the last place that the log has. */
  async #look(place: number): Promise<LogMessage | number | 'unknown'> {
    const { log } = this.#options;
    try {
      return (await log.from(place)) ?? (await log.extent()).last;
    } catch (error) {
      // A server that is slow has not said that it does not have it.
      return AegisError.is(error) && error.code === 'TIMEOUT' ? 'unknown' : 0;
    }
  }

  /** A busy server is behind with what was sent, and comes to it as long as the log grows towards it. */
  #notYet(awaited: Sought, last: number): void {
    const now = performance.now();
    if (last > awaited.last && last < awaited.place) Object.assign(awaited, { last, since: now });
    else if (now - awaited.since > MISSING_MS) this.#options.onMissing('a message is not in the log');
  }

  #onMessage(awaited: Sought, { place, at }: LogMessage): void {
    // A small log may have dropped it again: what this writer has sent after it is only kept when it was.
    const isIt = place === awaited.place ? at.seq === awaited.at.seq : at.seq > awaited.at.seq;
    if (isIt && at.run === awaited.at.run && at.epoch === awaited.at.epoch) this.#found(awaited);
    else this.#options.onMissing('the log has another message in its place');
  }

  #found({ place, at }: Sent): void {
    this.#awaited = undefined;
    if (this.#latest?.place === place) this.#latest = undefined;
    this.#options.onStored(at);
  }
}
