import type { Market } from '../model/market.ts';
import type { Limits } from './dialect.ts';

export interface FakeExchangeOptions {
  /** Default `spot`. */
  readonly market?: Market;
  /** Default: `BTCUSDT` and `ETHUSDT`; COIN-M `BTCUSD_PERP` and `ETHUSD_PERP`. Not with `frames`. */
  readonly symbols?: readonly string[];
  /** Trades per second and symbol, of market time. Every 8 trades are 5 aggregates. Default 20. Not with `frames`. */
  readonly rate?: number;
  /** The same seed, symbol and rate give the same trades. Default 1. Not with `frames`. */
  readonly seed?: number;
  /** Market seconds per second. Default 1. */
  readonly speed?: number;
  /** Market time at the start, unix ms. Default: now. Not with `frames`. */
  readonly startAt?: number;
  /**
   * Days of history before the start; the symbols are listed at the beginning of a UTC day. Default 7. Not with
   * `frames`.
   */
  readonly historyDays?: number;
  /** Recorded frames, gzipped or not, a line `<receive time in ns> <frame>` each: played in place of invented ones. */
  readonly frames?: readonly string[];
  /**
   * Market time stands until `play` is called. Default: an invented market runs at once, a recording from the first
   * subscription on.
   */
  readonly paused?: boolean;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** In place of the exchange's own limits. */
  readonly limits?: Partial<Limits>;
  /** What clients do, for people. */
  readonly onEvent?: (event: FakeEvent) => void;
}

export const DEFAULTS = { rate: 20, seed: 1, speed: 1, historyDays: 7 } as const;

export type FakeEvent =
  | { readonly type: 'connected'; readonly connection: number; readonly url: string }
  | { readonly type: 'subscribed' | 'unsubscribed'; readonly connection: number; readonly streams: readonly string[] }
  | { readonly type: 'disconnected'; readonly connection: number; readonly reason: string; readonly frames: number }
  | { readonly type: 'refused'; readonly url: string; readonly reason: string }
  | { readonly type: 'request'; readonly url: string; readonly status: number };
