import { bool, decimal, int, type Shown, type TapeColumn } from './column.ts';
import type { Decimal } from './decimal.ts';

export interface TradeRecord {
  readonly id: number;
  readonly price: Decimal;
  readonly qty: Decimal;
  /** COIN-M: base quantity. */
  readonly quoteQty: Decimal;
  /** Unix ms. */
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

export function renderTrade(r: Shown<TradeRecord>): string {
  return `{"id":${r.id},"price":${r.price},"qty":${r.qty},"quote_qty":${r.quoteQty},"time":${r.time},"is_buyer_maker":${r.isBuyerMaker}}`;
}

export const TRADE_COLUMNS: readonly TapeColumn<TradeRecord>[] = [
  int('id', (r) => r.id),
  decimal('price', (r) => r.price),
  decimal('qty', (r) => r.qty),
  decimal('quote_qty', (r) => r.quoteQty),
  int('trade_time', (r) => r.time),
  bool('is_buyer_maker', (r) => r.isBuyerMaker),
];
