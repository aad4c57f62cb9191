import type { Market } from './market.ts';
import type { LogLimits } from './wire/live-log.ts';

/**
 * What a run reads: for each topic its tapes in time order, and after them, in a realtime run, the market. Made before the
 * stream starts, written to `run.json`, read by the orchestrator. Times are UTC; `from` is included, `to` is not.
 */
export interface StreamPlan {
  readonly market: Market;
  /** Unix ms. Rows of tapes with `from <= ts < to` are delivered. */
  readonly from: number;
  readonly to: number;
  /**
   * `recorded`: the tapes are a recording, and rows are delivered in the order in which they were delivered then; `from` and
   * `to` are what it spans. Default: by time.
   */
  readonly order?: 'recorded';
  /** Present in a realtime run: what follows the tapes. */
  readonly live?: LivePlan;
  /**
   * In the order of {@link compareTopics}, then those that joined the running stream: a topic's place here is its index on
   * the wire. Rows of one time are ordered by {@link compareTopics} among all topics.
   */
  readonly topics: readonly PlannedTopic[];
  /** Components that joined the running stream, in the order in which they did. */
  readonly joins?: readonly StreamJoin[];
  /** What the tapes lack: told to the operator, never invented. */
  readonly gaps: readonly DataGap[];
}

/** Where the rows of a realtime run come from, and where they are kept. */
export interface LivePlan {
  /** Absent: the exchange itself. */
  readonly endpoint?: string;
  /** Whether what happened from `to` to the first live row is asked for. */
  readonly history: boolean;
  readonly log: LogLimits;
  readonly record: boolean;
}

export interface PlannedTopic {
  /** Short topic: `klines.BTCUSDT.1m`. */
  readonly topic: string;
  /** In time order; no tape begins before the one before it ends. */
  readonly tapes: readonly PlannedTape[];
  /** Unix ms: earlier rows are left out, because the topic joined the running stream there. */
  readonly from?: number;
}

/**
 * The plan was extended while the stream ran. The rows before `seq` are the same with and without it, so that nobody who
 * was there before sees a difference.
 */
export interface StreamJoin {
  /** Number of the first row of the merged stream that the components may get. A border of slices for ever. */
  readonly seq: number;
  /** Unix ms: rows of added topics from here on. */
  readonly ts: number;
  /** Ids of the components. */
  readonly components: readonly string[];
  /** What was added; empty when the plan had all their topics. */
  readonly topics: readonly string[];
}

export interface PlannedTape {
  /** Relative to the tape folder. */
  readonly path: string;
  readonly rows: number;
  /** Times of the first and last row as the stream orders them, unix µs. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** The archive the tape was made from, and the SHA-256 of its bytes. */
  readonly source: string;
  readonly sourceSha256: string;
}

export interface DataGap {
  readonly topic: string;
  /** Unix ms; `from` is included, `to` is not. */
  readonly from: number;
  readonly to: number;
  /**
   * `missing`: there is no tape. `absent`: the archive has no rows there though trading could have gone on.
   * `partial`: the archive was written before its day ended.
   */
  readonly kind: 'missing' | 'absent' | 'partial';
}
