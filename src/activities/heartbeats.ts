/**
 * A heartbeat is a write that costs Temporal some 4 ms and this process one, and a busy Temporal does one write after the
 * other: so many per second are sent for all leases together.
 */
const PER_SECOND = 10;
/** As often as the worker lets them pass, for the leases of some sessions. */
const LEAST_MS = 1_000;
/** Of the time after which Temporal takes a lease for lost. */
const LONGEST_SHARE = 1 / 3;
/** A session whose leases are about to be cancelled: how long they are frequent. */
const EAGER_MS = 10_000;
const LOOK_EVERY_MS = 200;

export interface Lease {
  /** Of the session. */
  readonly workflowId: string;
  readonly activityId: string;
  /** Temporal's limit between two heartbeats. */
  readonly timeoutMs: number;
  readonly beat: () => void;
}

interface Held extends Lease {
  lastAt: number;
}

export interface HeartbeatsOptions {
  /** Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * When the leases of this host send their heartbeats: often while there are few, less often the more there are. A lease
 * learns by the answer that it is cancelled; {@link hasten} is for that.
 */
export class Heartbeats {
  readonly #now: () => number;
  readonly #leases = new Set<Held>();
  /** Until when the leases of a workflow are frequent. */
  readonly #eager = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ now = () => performance.now() }: HeartbeatsOptions = {}) {
    this.#now = now;
  }

  /** Sends heartbeats until the returned function is called. */
  keep(lease: Lease): () => void {
    const held: Held = { ...lease, lastAt: this.#now() };
    this.#leases.add(held);
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    return () => {
      this.#leases.delete(held);
      if (this.#leases.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  has(workflowId: string, activityId: string): boolean {
    return [...this.#leases].some((lease) => lease.workflowId === workflowId && lease.activityId === activityId);
  }

  /** Something of this session is cancelled, or will be in a moment. */
  hasten(workflowId: string): void {
    this.#eager.set(workflowId, this.#now() + EAGER_MS);
  }

  /** Sends what is due. Called by a timer. */
  look(): void {
    const now = this.#now();
    for (const [workflowId, until] of this.#eager) if (until <= now) this.#eager.delete(workflowId);
    for (const lease of this.#leases) {
      if (now - lease.lastAt < this.#pauseOf(lease)) continue;
      lease.lastAt = now;
      lease.beat();
    }
  }

  #pauseOf({ workflowId, timeoutMs }: Lease): number {
    if (this.#eager.has(workflowId)) return LEAST_MS / 2;
    const shared = (this.#leases.size / PER_SECOND) * 1_000;
    return Math.min(Math.max(LEAST_MS, shared), timeoutMs * LONGEST_SHARE);
  }
}

/** Of this process. */
export const heartbeats = new Heartbeats();
