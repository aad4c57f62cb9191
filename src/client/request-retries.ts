import { setTimeout as delay } from 'node:timers/promises';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/** A request without a deadline is given up after about 20 s, as by Temporal's own retries. */
const MAX_ATTEMPTS = 24;
/** Pauses between the attempts of a request grow up to this, ms: closing waits for the one that is running. */
const MAX_PAUSE_MS = 1_000;

/**
 * The retries of Temporal's client, with an end. A request that is repeated after its connection was closed throws out
 * of a timer, where nobody can catch it: the whole process would end.
 */
export class RequestRetries {
  readonly interceptor: ReturnType<typeof makeGrpcRetryInterceptor>;
  #ended = false;
  /** `performance.now()` at which the last pause is over. */
  #pausedUntil = 0;

  constructor() {
    const { delayFunction, retryableDecider } = defaultGrpcRetryOptions({ maxAttempts: MAX_ATTEMPTS });
    this.interceptor = makeGrpcRetryInterceptor({
      retryableDecider: (attempt, status) => !this.#ended && retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const pause = Math.min(MAX_PAUSE_MS, delayFunction(attempt, status));
        this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + pause);
        return pause;
      },
    });
  }

  /** From now on requests are answered as their next attempt is. Resolves when none is left that would begin later. */
  async end(): Promise<void> {
    this.#ended = true;
    const left = this.#pausedUntil - performance.now();
    // Timers may be late: one turn more, so that those of the same time have fired.
    if (left > 0) await delay(Math.ceil(left) + 1);
  }
}
