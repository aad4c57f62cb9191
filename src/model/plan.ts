import type { Market } from './market.ts';

/**
 * What a historical run reads: for each topic its tapes in time order. Made from the catalog before the stream starts,
 * written to `run.json`, read by the orchestrator. Times are UTC; `from` is included, `to` is not.
 */
export interface StreamPlan {
  readonly market: Market;
  /** Unix ms. Rows with `from <= ts < to` are delivered. */
  readonly from: number;
  readonly to: number;
  /** In the order of {@link compareTopics}: a topic's place here is its index on the wire. */
  readonly topics: readonly PlannedTopic[];
  /** What the tapes lack: told to the operator, never invented. */
  readonly gaps: readonly DataGap[];
}

export interface PlannedTopic {
  /** Short topic: `klines.BTCUSDT.1m`. */
  readonly topic: string;
  /** In time order; no tape begins before the one before it ends. */
  readonly tapes: readonly PlannedTape[];
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
