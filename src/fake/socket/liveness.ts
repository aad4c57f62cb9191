import type { Limits } from '../dialect.ts';

export interface LivenessOptions {
  readonly limits: Limits;
  readonly ping: () => void;
  /** A PING stayed without PONG for too long. */
  readonly onMute: () => void;
  /** The connection has reached its greatest age. */
  readonly onAge: () => void;
}

/** How the exchange looks after a connection: PINGs, and an end after 24 hours. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #pings: NodeJS.Timeout;
  #age: NodeJS.Timeout;
  /** When the oldest PING without PONG was sent. */
  #unanswered: number | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
    const { pingEveryMs, pongWithinMs, lifetimeMs } = options.limits;
    this.#pings = setInterval(() => this.#ping(), Math.min(pingEveryMs, pongWithinMs));
    this.#age = setTimeout(options.onAge, lifetimeMs);
  }

  answered(): void {
    this.#unanswered = undefined;
  }

  /** Another end than that of age, ms from now. */
  endIn(ms: number, end: () => void): void {
    clearTimeout(this.#age);
    this.#age = setTimeout(end, ms);
  }

  stop(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#age);
  }

  #ping(): void {
    const { limits, ping, onMute } = this.#options;
    const now = performance.now();
    if (this.#unanswered !== undefined && now - this.#unanswered >= limits.pongWithinMs) {
      onMute();
      return;
    }
    this.#unanswered ??= now;
    ping();
  }
}
