import type { BookLevel } from '../stream/market-event.ts';
import { decimal, int, type TapeColumn } from './column.ts';

/** The best levels of an order book as a whole, not a change of it. */
export interface OrderBookRecord {
  readonly lastUpdateId: number;
  /** Envelope time: transaction time, else event time; unix ms. */
  readonly eventTime: number;
  /** From the highest price. */
  readonly bids: readonly BookLevel[];
  /** From the lowest price. */
  readonly asks: readonly BookLevel[];
}

export function renderOrderBook(r: OrderBookRecord): string {
  return `{"last_update_id":${r.lastUpdateId},"event_time":${r.eventTime},"bids":[${levels(r.bids)}],"asks":[${levels(r.asks)}]}`;
}

/** The best level of each side; NaN when there is none. All levels are in the tape's `json` column. */
export const ORDER_BOOK_COLUMNS: readonly TapeColumn<OrderBookRecord>[] = [
  int('last_update_id', (r) => r.lastUpdateId),
  int('event_time', (r) => r.eventTime),
  decimal('best_bid', (r) => r.bids[0]?.[0] ?? 'NaN'),
  decimal('best_bid_quantity', (r) => r.bids[0]?.[1] ?? 'NaN'),
  decimal('best_ask', (r) => r.asks[0]?.[0] ?? 'NaN'),
  decimal('best_ask_quantity', (r) => r.asks[0]?.[1] ?? 'NaN'),
];

function levels(side: readonly BookLevel[]): string {
  let text = '';
  for (const [price, quantity] of side) {
    text += `${text === '' ? '' : ','}{"price":${price},"quantity":${quantity}}`;
  }
  return text;
}
