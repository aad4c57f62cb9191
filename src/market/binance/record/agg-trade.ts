import { bool, decimal, int, type Shown, type TapeColumn, text } from './column.ts';
import type { Decimal } from './decimal.ts';

/** Fills of one taker order at one price. */
export interface AggTradeRecord {
  /** Without characters that JSON would have to escape: see `isToken`. */
  readonly symbol: string;
  readonly aggTradeId: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
  /** Unix ms. */
  readonly transactTime: number;
  readonly isBuyerMaker: boolean;
}

/** `event_time` and `normal_qty` exist in one mode only: both modes give them the value derived from the other fields. */
export function renderAggTrade(r: Shown<AggTradeRecord>): string {
  return `{"event_time":${r.transactTime},"symbol":"${r.symbol}","agg_trade_id":${r.aggTradeId},"first_trade_id":${r.firstTradeId},"last_trade_id":${r.lastTradeId},"price":${r.price},"quantity":${r.quantity},"normal_qty":${r.quantity},"transact_time":${r.transactTime},"is_buyer_maker":${r.isBuyerMaker}}`;
}

export const AGG_TRADE_COLUMNS: readonly TapeColumn<AggTradeRecord>[] = [
  text('symbol', (r) => r.symbol),
  int('agg_trade_id', (r) => r.aggTradeId),
  decimal('price', (r) => r.price),
  decimal('quantity', (r) => r.quantity),
  int('first_trade_id', (r) => r.firstTradeId),
  int('last_trade_id', (r) => r.lastTradeId),
  int('transact_time', (r) => r.transactTime),
  bool('is_buyer_maker', (r) => r.isBuyerMaker),
];
