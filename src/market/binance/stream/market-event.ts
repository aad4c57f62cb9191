import type { AggTradeRecord } from '../record/agg-trade.ts';
import type { Decimal } from '../record/decimal.ts';
import type { KlineRecord } from '../record/kline.ts';
import type { TradeRecord } from '../record/trade.ts';

/**
 * What a frame of a market stream, or a row of a REST answer, says. Symbols as topics have them (upper case). Records are
 * those of the archives, so that one renderer serves both.
 */
export type MarketEvent =
  | {
      readonly type: 'aggTrade';
      readonly symbol: string;
      /** Order time, unix µs. */
      readonly timeUs: number;
      readonly record: AggTradeRecord;
    }
  | { readonly type: 'trade'; readonly symbol: string; readonly timeUs: number; readonly record: TradeRecord }
  /** An id that the exchange has used for no trade (USD-M: price and quantity 0): there will be no row with it. */
  | { readonly type: 'spentTrade'; readonly symbol: string; readonly id: number }
  | KlineEvent
  | DepthEvent
  | {
      readonly type: 'bookTicker';
      readonly symbol: string;
      readonly updateId: number;
      readonly bid: Decimal;
      readonly ask: Decimal;
    };

export interface KlineEvent {
  readonly type: 'kline';
  readonly symbol: string;
  readonly interval: string;
  readonly closed: boolean;
  /** Unix ms; of a REST row its close time. */
  readonly eventTime: number;
  readonly record: KlineRecord;
}

/** Price and absolute quantity; quantity `0` removes the level. */
export type BookLevel = readonly [price: Decimal, quantity: Decimal];

/** Changes of an order book. */
export interface DepthEvent {
  readonly type: 'depth';
  readonly symbol: string;
  /** `U`, `u` and, on futures, `pu` of the exchange. */
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId?: number;
  /** Transaction time, else event time; unix ms. */
  readonly time: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** A whole order book from REST. */
export interface DepthSnapshot {
  readonly symbol: string;
  readonly lastId: number;
  /** Unix ms; spot snapshots have none. */
  readonly time?: number;
  /** From the best on. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** What came over a socket. */
export type Frame =
  | { readonly type: 'event'; readonly event: MarketEvent }
  /** The server will close this connection soon: `serverShutdown`. */
  | { readonly type: 'shutdown' }
  /** The answer to a SUBSCRIBE or another request. */
  | { readonly type: 'reply'; readonly id: number | string | null; readonly error?: string }
  /** Well formed, of a kind that Aegis has no data type for, e.g. `forceOrder`. */
  | { readonly type: 'other'; readonly name: string }
  /** Not what the exchange sends: counted and told, never guessed. */
  | { readonly type: 'malformed'; readonly problem: string };
