const PING_MS = 5_000;
/** So many of its own without an answer end the connection. */
const MAX_OUT = 2;

export interface PingsOptions {
  /** Sends a PING. */
  readonly send: () => void;
  /** The server does not answer any more. */
  readonly onSilent: () => void;
}

/** The pings of one connection: a server answers them in order, after everything that was sent before. */
export class Pings {
  readonly #options: PingsOptions;
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #unanswered = 0;

  constructor(options: PingsOptions) {
    this.#options = options;
  }

  /** Resolves with the answer. Throws what `failAll` is given. */
  ping(): Promise<void> {
    const ping = Promise.withResolvers<void>();
    this.#waiting.push(ping);
    this.#options.send();
    return ping.promise;
  }

  onPong(): void {
    this.#unanswered = 0;
    this.#waiting.shift()?.resolve();
  }

  /** Pings from time to time, until `failAll`. */
  watch(): void {
    this.#timer ??= setInterval(() => {
      this.#unanswered += 1;
      if (this.#unanswered > MAX_OUT) this.#options.onSilent();
      // When the connection ends, its owner is told of that.
      else this.ping().catch(() => undefined);
    }, PING_MS);
  }

  /** The connection is over. */
  failAll(error: Error): void {
    clearInterval(this.#timer);
    for (const ping of this.#waiting.splice(0)) ping.reject(error);
  }
}
