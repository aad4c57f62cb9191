import type { DepthEvent, DepthSnapshot } from '../stream/market-event.ts';
import type { BookRules } from './book-rules.ts';
import { isLevel } from './book-side.ts';
import { OrderBook } from './order-book.ts';

/** `used`: so many of the changes are of no more use. */
export type BuiltBook =
  | { readonly type: 'built'; readonly book: OrderBook; readonly applied: number }
  | { readonly type: 'unusable'; readonly used: number };

/** A book from a snapshot and the changes around it; unusable when they do not fit together, e.g. the snapshot is too old. */
export function buildBook(rules: BookRules, snapshot: DepthSnapshot, changes: readonly DepthEvent[]): BuiltBook {
  if (!snapshot.bids.every(isLevel) || !snapshot.asks.every(isLevel)) return { type: 'unusable', used: 0 };
  const book = new OrderBook(rules, snapshot);
  if (book.problem() !== undefined) return { type: 'unusable', used: 0 };
  let applied = 0;
  for (const [index, change] of changes.entries()) {
    const { type } = book.apply(change);
    if (type === 'broken') return { type: 'unusable', used: index };
    if (type === 'applied') applied++;
  }
  return { type: 'built', book, applied };
}
