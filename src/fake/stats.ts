import type { FaultRecord } from './faults/frame-faults.ts';

export interface StreamStats {
  readonly frames: number;
  /** Trade id, aggregate id, update id or open time of the first and last frame that was sent. */
  readonly firstId: number;
  readonly lastId: number;
}

export interface ConnectionStats {
  readonly id: number;
  readonly url: string;
  /** Unix ms, of the wall clock. */
  readonly opened: number;
  readonly streams: readonly string[];
  /** Why it ended; absent while it is open. */
  readonly ended?: string;
  readonly sent: Readonly<Record<string, StreamStats>>;
}

/** What the fake exchange has done so far. */
export interface FakeStats {
  /** Connections since the start. */
  readonly connected: number;
  /** Those that are open, and the last 1,000 that have ended. */
  readonly connections: readonly ConnectionStats[];
  /** Frames that were made for at least one subscriber, by stream. */
  readonly frames: Readonly<Record<string, number>>;
  /** REST requests, by path. */
  readonly requests: Readonly<Record<string, number>>;
  /** Frames that a misbehaviour acted on, the last 10,000. */
  readonly faults: readonly FaultRecord[];
  /** Longest time between two rounds of the feeds, ms: frames were late by so much. */
  readonly longestPauseMs: number;
}
