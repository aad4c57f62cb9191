import type { FakeExchangeOptions } from '../../../src/fake/options.ts';

/** What the process of the fake exchange is asked, beside HTTP. */
export type Ask =
  | ({ readonly type: 'start' } & Pick<FakeExchangeOptions, 'symbols' | 'rate' | 'seed' | 'speed'>)
  | { readonly type: 'state' }
  /** Ids, or open times in unix ms, both included. */
  | { readonly type: 'rows'; readonly topic: string; readonly from: number; readonly to: number };

/** Key (id, or open time in unix ms) and checksum of what follows the topic in the row. */
export type TrueRow = readonly [key: number, checksum: number];

export interface ExchangeState {
  /** Made for at least one subscriber since the start. */
  readonly frames: number;
  /** By symbol: what has happened so far. */
  readonly last: Readonly<Record<string, { readonly tradeId: number; readonly aggTradeId: number }>>;
  /** Market time, unix ms. */
  readonly now: number;
  /** Frames were late by so much, ms. */
  readonly longestPauseMs: number;
}

export type Answer =
  | { readonly type: 'started'; readonly url: string }
  | ({ readonly type: 'state' } & ExchangeState)
  | { readonly type: 'rows'; readonly rows: readonly TrueRow[] };

export interface Numbered<T> {
  readonly id: number;
  readonly ask: T;
}
