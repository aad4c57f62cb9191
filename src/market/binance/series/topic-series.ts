import type { StreamStatus } from '../../../model/stream-status.ts';
import type { DepthSnapshot, MarketEvent } from '../stream/market-event.ts';

/** A row of a topic before it gets its envelope. */
export interface MarketRow {
  /** Short topic. */
  readonly topic: string;
  /** Envelope time, unix ms. */
  readonly ts: number;
  /** Order time, unix µs. */
  readonly timeUs: number;
  /** The `data` of the row, rendered. */
  readonly json: string;
}

/** What a series asks of REST. One is open at a time; every one is answered by `fetched` or `failed`. */
export type Backfill =
  /** Ids `fromId` to `toId`, both included. */
  | {
      readonly type: 'trades' | 'aggTrades';
      readonly symbol: string;
      readonly fromId: number;
      readonly toId: number;
      /** What one request gives is enough: which of them exist is not known. */
      readonly onePage?: true;
    }
  /** Closed bars with `from <= open time <= to`, unix ms. */
  | {
      readonly type: 'klines';
      readonly symbol: string;
      readonly interval: string;
      readonly from: number;
      readonly to: number;
    }
  | { readonly type: 'depth'; readonly symbol: string };

/** Where a series puts what it makes. */
export interface SeriesPort {
  row(row: MarketRow): void;
  backfill(request: Backfill): void;
  status(status: StreamStatus): void;
}

/**
 * One topic of a realtime session: makes of the events of sockets, which may come twice, late, not at all, and of REST
 * answers, an unbroken sequence of rows. Pure: no clock, no I/O; time comes in as an argument.
 */
export interface TopicSeries {
  readonly topic: string;
  /**
   * Id of the last trade, or open time of the last closed bar, that was delivered; undefined: it begins with the first event
   * that comes.
   */
  resume(last: number | undefined): void;
  /** `now`: unix ms, as all times here. */
  take(event: MarketEvent, now: number): void;
  /** A part of what was asked for, in order; `done` with the last part. */
  fetched(events: readonly MarketEvent[] | DepthSnapshot, done: boolean, now: number): void;
  /** What was asked for cannot be had. */
  failed(reason: string, now: number): void;
  /** Its connection was lost, or opened anew: events may be missing. */
  interrupted(now: number): void;
  /** A few times a second. */
  tick(now: number): void;
}

/** Tells the two kinds of answers apart. */
export function isEvents(answer: readonly MarketEvent[] | DepthSnapshot): answer is readonly MarketEvent[] {
  return Array.isArray(answer);
}
