import type { SocketTimings } from './socket-settings.ts';

/** What to do about a connection over which nothing comes. */
export type Vital = 'fine' | 'probe' | 'dead';

/**
 * Whether a connection is half-open: the other side is gone and nobody has said so. The exchange sends PINGs, on futures
 * every 3 minutes only; so we send some as well, and rely on their answers once it has answered one. Pure; times in ms.
 */
export class Liveness {
  readonly #timings: Pick<SocketTimings, 'quietMs' | 'probeMs' | 'probeAnswerMs'>;
  #lastHeard: number;
  #probedAt: number | undefined;
  #answersProbes = false;

  constructor(timings: Pick<SocketTimings, 'quietMs' | 'probeMs' | 'probeAnswerMs'>, now: number) {
    this.#timings = timings;
    this.#lastHeard = now;
  }

  /** When something came last. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** A PING of ours is out, and nothing came since. */
  get isWaiting(): boolean {
    return this.#probedAt !== undefined && this.#probedAt >= this.#lastHeard;
  }

  heard(now: number): void {
    this.#lastHeard = now;
  }

  pong(now: number): void {
    this.#lastHeard = now;
    this.#answersProbes = true;
  }

  /** Our PING is out. The first one is due at once: it shows whether PINGs are answered. */
  probed(now: number): void {
    this.#probedAt = now;
  }

  check(now: number): Vital {
    const { quietMs, probeMs, probeAnswerMs } = this.#timings;
    if (now - this.#lastHeard > quietMs) return 'dead';
    if (this.#probedAt === undefined) return 'probe';
    if (this.isWaiting && this.#answersProbes && now - this.#probedAt > probeAnswerMs) return 'dead';
    return !this.isWaiting && now - this.#lastHeard > probeMs ? 'probe' : 'fine';
  }
}
