import { decimal, int, type TapeColumn } from './column.ts';
import type { Decimal } from './decimal.ts';

/** Cumulative depth from the middle price to a percentage band; negative percentages are the bid side. */
export interface BookDepthRecord {
  /** Unix ms. */
  readonly timestamp: number;
  readonly percentage: Decimal;
  readonly depth: Decimal;
  readonly notional: Decimal;
}

export function renderBookDepth(r: BookDepthRecord): string {
  return `{"timestamp":${r.timestamp},"percentage":${r.percentage},"depth":${r.depth},"notional":${r.notional}}`;
}

export const BOOK_DEPTH_COLUMNS: readonly TapeColumn<BookDepthRecord>[] = [
  int('timestamp', (r) => r.timestamp),
  decimal('percentage', (r) => r.percentage),
  decimal('depth', (r) => r.depth),
  decimal('notional', (r) => r.notional),
];
