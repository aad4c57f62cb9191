import type { ComponentStream } from '../component-stream.ts';
import type { DataStreamEvent } from '../events.ts';
import type { Follower } from './follower.ts';
import type { LiveHead } from './live-head.ts';

/** A component that is slow again and again is not reported each time. */
const AGAIN_AFTER_MS = 10_000;

interface Reported {
  at: number;
  open: boolean;
}

/** Tells components, and whoever started the server, who is behind and who is back. */
export class BehindReports {
  readonly #head: LiveHead;
  readonly #onEvent: (event: DataStreamEvent) => void;
  /** Components that were told that they are behind. */
  readonly #told = new Set<ComponentStream>();
  readonly #reported = new Map<ComponentStream, Reported>();

  constructor(head: LiveHead, onEvent: (event: DataStreamEvent) => void) {
    this.#head = head;
    this.#onEvent = onEvent;
  }

  /** Rows of the merged stream that a component has not taken, and their time, ms. */
  lagOf({ group }: Follower, component: ComponentStream): { readonly rows: number; readonly ms: number } {
    const slice = group.at(component.taken);
    const { nextSeq, ts } = this.#head.ring;
    const from = slice?.fromTs ?? group.ts;
    const ms = ts === undefined || from === undefined ? 0 : Math.max(0, ts - from);
    return { rows: Math.max(0, nextSeq - (slice?.firstSeq ?? group.seq)), ms };
  }

  behind(follower: Follower): void {
    for (const member of follower.members) {
      if (this.#told.has(member)) continue;
      this.#told.add(member);
      member.notice({ kind: 'behind', lag: () => this.lagOf(follower, member) });
    }
  }

  /** The component itself is why it is behind. */
  slow(member: ComponentStream): void {
    const now = performance.now();
    const reported = this.#reported.get(member);
    if (reported !== undefined && (reported.open || now - reported.at < AGAIN_AFTER_MS)) return;
    this.#reported.set(member, { at: now, open: true });
    this.#onEvent({ type: 'behind', componentId: member.id });
  }

  live(follower: Follower): void {
    this.check(follower);
  }

  /** Those who have taken everything of a follower that is live are back. */
  check(follower: Follower): void {
    if (!follower.live) return;
    for (const member of follower.members) {
      if (member.taken < follower.group.bytes) continue;
      if (this.#told.delete(member)) member.notice({ kind: 'live' });
      const reported = this.#reported.get(member);
      if (reported?.open !== true) continue;
      reported.open = false;
      this.#onEvent({ type: 'caughtUp', componentId: member.id });
    }
  }
}
