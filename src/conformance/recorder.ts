import type { Entry, Happening } from './transcript.ts';

/** Writes a transcript, and lets a scenario wait for what is written into it. */
export class Recorder {
  readonly entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #signal: AbortSignal;
  #start = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#notify(), { once: true });
  }

  /** Times count from here. */
  start(): void {
    this.#start = performance.now();
  }

  record(happening: Happening): void {
    this.entries.push({ at: Math.round(performance.now() - this.#start), ...happening });
    this.#notify();
  }

  has(test: (entry: Entry) => boolean, from = 0): boolean {
    return this.entries.findIndex((entry, index) => index >= from && test(entry)) >= 0;
  }

  get ended(): boolean {
    return this.has(({ kind }) => kind === 'ended');
  }

  /**
   * True once `met`; false after `ms`, which is written down, or when the program has ended without it.
   * @throws the reason of the signal when the check is interrupted
   */
  async until(what: string, ms: number, met: () => boolean): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (met()) resolve(true);
      else if (this.ended || this.#signal.aborted) resolve(false);
    };
    const timer = setTimeout(() => {
      this.record({ kind: 'waited', what, ms });
      resolve(false);
    }, ms);
    this.#listeners.add(look);
    look();
    const result = await promise;
    clearTimeout(timer);
    this.#listeners.delete(look);
    this.#signal.throwIfAborted();
    return result;
  }

  /** Lets time pass; less when the program ends. */
  async pause(ms: number): Promise<void> {
    await this.ending(ms);
    this.#signal.throwIfAborted();
  }

  /** Waits for the end of the program, at most so long; not at all when the check is interrupted. */
  async ending(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.ended || this.#signal.aborted) resolve();
    };
    const timer = setTimeout(resolve, Math.max(0, ms));
    this.#listeners.add(look);
    look();
    await promise;
    clearTimeout(timer);
    this.#listeners.delete(look);
  }

  /** Something else has changed that is waited for. */
  wake(): void {
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
