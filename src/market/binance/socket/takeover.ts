import type { Connection } from './connection.ts';
import { HeldFrames } from './held-frames.ts';
import type { SocketTimings } from './socket-settings.ts';

/** `ready`: the old connection may go. A list: streams that only the old one delivers. */
export type TakeoverVerdict = 'waiting' | 'ready' | readonly string[];

export interface TakeoverOptions {
  readonly reason: string;
  /** It is given up after one failure; else it is tried until it succeeds. */
  readonly once: boolean;
  readonly timings: Pick<SocketTimings, 'overlapMs' | 'drainMs'>;
}

/** A second connection grows beside one that is to go, and has to prove that it delivers what the old one delivers. */
export class Takeover {
  readonly reason: string;
  readonly once: boolean;
  readonly held: HeldFrames;
  readonly #timings: TakeoverOptions['timings'];
  /** When the new one delivered a stream first. */
  readonly #heardNew = new Map<string, number>();
  /** The same for the old one, since the new one is open. */
  readonly #heardOld = new Map<string, number>();
  #next: Connection | undefined;
  #openedAt: number | undefined;
  #readyAt: number | undefined;

  constructor({ reason, once, timings }: TakeoverOptions) {
    this.reason = reason;
    this.once = once;
    this.#timings = timings;
    this.held = new HeldFrames(timings.drainMs);
  }

  get next(): Connection | undefined {
    return this.#next;
  }

  /** A new attempt; undefined: the last one failed, and there will be another. */
  begin(next: Connection | undefined): void {
    this.#next = next;
    this.#heardNew.clear();
    this.#heardOld.clear();
    this.#openedAt = undefined;
    this.#readyAt = undefined;
  }

  opened(now: number): void {
    this.#openedAt = now;
  }

  heardNew(stream: string, now: number): void {
    if (!this.#heardNew.has(stream)) this.#heardNew.set(stream, now);
  }

  heardOld(stream: string, now: number): void {
    if (this.#openedAt !== undefined && !this.#heardOld.has(stream)) this.#heardOld.set(stream, now);
  }

  /**
   * Streams with a gap between the connections, or maybe one, when the old one says nothing after `lastHeard`: it may be
   * behind the new one, by less than `drainMs`.
   */
  broken(streams: Iterable<string>, lastHeard: number): string[] {
    const since = (stream: string) => this.#heardNew.get(stream) ?? Infinity;
    return [...streams].filter((stream) => since(stream) + this.#timings.drainMs > lastHeard);
  }

  /** Only a sign of life of the old connection is missing. */
  wantsSign(now: number): boolean {
    return this.#readyAt !== undefined && now >= this.#readyAt + this.#timings.drainMs;
  }

  /**
   * `mute`: nothing is expected of this stream. `lastHeard`: of the old connection. What it has sent is in order: whatever
   * it says when the new one has delivered all streams for a while, all that was said before has come as well.
   */
  verdict(
    streams: Iterable<string>,
    mute: (stream: string) => boolean,
    lastHeard: number,
    now: number,
  ): TakeoverVerdict {
    const { overlapMs, drainMs } = this.#timings;
    if (this.#openedAt === undefined || this.#next?.requests.settled !== true) return 'waiting';
    if (this.#readyAt === undefined) {
      const unheard = [...streams].filter((stream) => !this.#heardNew.has(stream) && !mute(stream));
      if (unheard.length > 0) {
        const deadline = this.#openedAt + overlapMs;
        if (now < deadline) return 'waiting';
        // What the old one has said just now may be on its way over the new one.
        const missing = unheard.filter((stream) => (this.#heardOld.get(stream) ?? Infinity) < deadline - drainMs);
        if (missing.length > 0) return missing;
      }
      this.#readyAt = now;
    }
    return lastHeard < this.#readyAt + drainMs ? 'waiting' : 'ready';
  }
}
