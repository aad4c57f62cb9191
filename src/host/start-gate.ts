import { availableParallelism } from 'node:os';

/**
 * Starts a bounded number of processes at once. A process that starts takes a whole core for some tenths of a second: with
 * dozens of them at the same time nobody else gets anywhere, least of all the thread that answers Temporal.
 */
export class StartGate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Default: as many at once as there are cores, at least 2. */
  constructor(slots = Math.max(2, availableParallelism())) {
    this.#free = slots;
  }

  /** Waits for a slot and holds it until `start` has settled; first come, first served. */
  async pass<T>(start: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await start();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
