/** What the rows of each data type carry. Times are unix milliseconds. */
export interface Trade {
  readonly id: number;
  readonly price: number;
  readonly qty: number;
  readonly quote_qty: number;
  readonly time: number;
  readonly is_buyer_maker: boolean;
}

export interface AggTrade {
  readonly event_time: number;
  readonly symbol: string;
  readonly agg_trade_id: number;
  readonly first_trade_id: number;
  readonly last_trade_id: number;
  readonly price: number;
  readonly quantity: number;
  readonly normal_qty: number;
  readonly transact_time: number;
  readonly is_buyer_maker: boolean;
}

/** A finished candle. */
export interface Kline {
  readonly open_time: number;
  readonly close_time: number;
  readonly count: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quote_volume: number;
  readonly taker_buy_volume: number;
  readonly taker_buy_quote_volume: number;
}

/** A candle that goes on; realtime only. */
export interface KlineUpdate extends Kline {
  readonly closed: boolean;
}

/** Historical only. */
export interface BookDepth {
  readonly timestamp: number;
  readonly percentage: number;
  readonly depth: number;
  readonly notional: number;
}

/** Historical only. */
export interface Metrics {
  readonly create_time: number;
  readonly symbol: string;
  readonly sum_open_interest: number;
  readonly sum_open_interest_value: number;
  readonly count_toptrader_long_short_ratio: number;
  readonly sum_toptrader_long_short_ratio: number;
  readonly count_long_short_ratio: number;
  readonly sum_taker_long_short_vol_ratio: number;
}

export interface Level {
  readonly price: number;
  readonly quantity: number;
}

/** What happens to a stream; which of the other fields there are goes by `kind`. Realtime only; see docs/realtime.md. */
export interface Status {
  readonly event_time: number;
  readonly kind: 'gap' | 'book' | 'silence' | 'connection' | 'correction' | 'live';
  /** Short topic: `trades.BTCUSDT`. */
  readonly topic: string;
  /** `filling`, `filled`, `lost`, `synced`, `silent`, `sounding`, `open`; the kind `live` has none. */
  readonly state?: string;
  readonly from?: number;
  readonly to?: number;
  readonly rows?: number;
  readonly reason?: string;
  readonly for_ms?: number;
  readonly open_time?: number;
  readonly changes?: string;
}

/** Realtime only. */
export interface OrderBook {
  readonly last_update_id: number;
  readonly event_time: number;
  /** From the highest price. */
  readonly bids: readonly Level[];
  /** From the lowest price. */
  readonly asks: readonly Level[];
}
