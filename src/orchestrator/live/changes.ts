import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 100;

/** Lets others wait until something has become true. */
export class Changes {
  readonly #over: () => boolean;
  #waiting: (() => void)[] = [];

  /** `over`: nothing will change any more, so nobody waits. */
  constructor(over: () => boolean) {
    this.#over = over;
  }

  /** Something has changed. */
  tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when `ready` is true, it is over, or `limitMs` have passed: the caller looks which. */
  async until(ready: () => boolean, limitMs = Infinity): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!ready() && !this.#over() && performance.now() < deadline) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await Promise.race([promise, delay(Math.min(deadline - performance.now(), LOOK_MS))]);
      this.#waiting = this.#waiting.filter((wake) => wake !== resolve);
    }
  }
}
