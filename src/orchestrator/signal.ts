/** Wakes whoever waits; a notification without a waiter is kept for the next one. */
export class Signal {
  #pending = false;
  #wake: (() => void) | undefined;

  notify(): void {
    if (this.#wake === undefined) this.#pending = true;
    else this.#wake();
  }

  /** True when notified, false after `timeoutMs`. One waiter at a time. */
  wait(timeoutMs: number): Promise<boolean> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(resolve, false), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#end(resolve, true);
      };
    });
  }

  #end(resolve: (notified: boolean) => void, notified: boolean): void {
    this.#wake = undefined;
    resolve(notified);
  }
}
