import type { Feed } from './feed/publisher.ts';

const EVERY_MS = 5;

/** Lets feeds send what is due, every few ms, and then what collected at the sockets. */
export class Ticker {
  readonly #feeds: readonly Feed[];
  readonly #after: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last = performance.now();
  #longestPause = 0;

  constructor(feeds: readonly Feed[], after: () => void) {
    this.#feeds = feeds;
    this.#after = after;
    this.#timer = setInterval(() => this.#round(), EVERY_MS);
  }

  /** ms. */
  get longestPause(): number {
    return this.#longestPause;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #round(): void {
    const now = performance.now();
    this.#longestPause = Math.max(this.#longestPause, now - this.#last);
    this.#last = now;
    for (const feed of this.#feeds) feed.tick();
    this.#after();
  }
}
