import type { DepthEvent, DepthSnapshot } from '../stream/market-event.ts';
import type { BookRules } from './book-rules.ts';
import { isLevel } from './book-side.ts';
import { OrderBook } from './order-book.ts';

export interface BuiltBook {
  readonly book: OrderBook;
  /** Changes that followed the snapshot. */
  readonly applied: number;
}

/**
 * A book from a snapshot and the changes around it; undefined when they do not fit together, e.g. because the snapshot is
 * older than the changes.
 */
export function buildBook(
  rules: BookRules,
  snapshot: DepthSnapshot,
  changes: readonly DepthEvent[],
): BuiltBook | undefined {
  if (!snapshot.bids.every(isLevel) || !snapshot.asks.every(isLevel)) return undefined;
  const book = new OrderBook(rules, snapshot);
  if (book.problem() !== undefined) return undefined;
  let applied = 0;
  for (const change of changes) {
    const { type } = book.apply(change);
    if (type === 'broken') return undefined;
    if (type === 'applied') applied++;
  }
  return { book, applied };
}
