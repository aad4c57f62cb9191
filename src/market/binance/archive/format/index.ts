import type { DataType } from '../../../../model/market.ts';
import { aggTrades } from './agg-trades.ts';
import { bookDepth } from './book-depth.ts';
import type { ArchiveFormat } from './format.ts';
import { klines } from './klines.ts';
import { metrics } from './metrics.ts';
import { trades } from './trades.ts';

/** Something to be done with the format of a data type, whatever its record type is. */
export interface FormatVisitor<T> {
  visit<R>(format: ArchiveFormat<R>): T;
}

export function withFormat<T>(type: DataType, visitor: FormatVisitor<T>): T {
  switch (type) {
    case 'klines':
      return visitor.visit(klines);
    case 'aggTrades':
      return visitor.visit(aggTrades);
    case 'trades':
      return visitor.visit(trades);
    case 'bookDepth':
      return visitor.visit(bookDepth);
    case 'metrics':
      return visitor.visit(metrics);
    default:
      return type satisfies never;
  }
}
