import { AGG_TRADE_COLUMNS } from '../market/binance/record/agg-trade.ts';
import { bool, int, type TapeColumn, text } from '../market/binance/record/column.ts';
import { KLINE_COLUMNS } from '../market/binance/record/kline.ts';
import { KLINE_UPDATE_COLUMNS } from '../market/binance/record/kline-update.ts';
import { ORDER_BOOK_COLUMNS } from '../market/binance/record/order-book.ts';
import { TRADE_COLUMNS } from '../market/binance/record/trade.ts';
import { STATUS_TYPE } from '../model/market.ts';
import { isFields } from '../model/wire/fields.ts';

/** A row as it was delivered. */
export interface RecordedRow {
  /** Number in the merged stream. */
  readonly seq: number;
  /** Envelope time, unix ms. */
  readonly ts: number;
  /** Its `data`, parsed. */
  readonly data: Readonly<Record<string, unknown>>;
}

type Columns = readonly { readonly name: string; readonly kind: TapeColumn<never>['kind'] }[];

/** The typed columns of each type that can be delivered live: those of archive tapes where the type has archives. */
const COLUMNS: Readonly<Record<string, Columns>> = {
  trades: TRADE_COLUMNS,
  aggTrades: AGG_TRADE_COLUMNS,
  klines: KLINE_COLUMNS,
  klineUpdates: KLINE_UPDATE_COLUMNS,
  orderBook: ORDER_BOOK_COLUMNS,
  [STATUS_TYPE]: [
    { name: 'kind', kind: 'utf8' },
    { name: 'topic', kind: 'utf8' },
    { name: 'state', kind: 'utf8' },
  ],
};

/** Columns whose value is not the field of the same name. */
const VALUES: Readonly<Record<string, (row: RecordedRow) => unknown>> = {
  trade_time: ({ data }) => data.time,
  // Of a candle that changes it is the envelope's time.
  event_time: ({ data, ts }) => data.event_time ?? ts,
  best_bid: ({ data }) => best(data.bids, 'price'),
  best_bid_quantity: ({ data }) => best(data.bids, 'quantity'),
  best_ask: ({ data }) => best(data.asks, 'price'),
  best_ask_quantity: ({ data }) => best(data.asks, 'quantity'),
};

/** `seq`, `ts` and the typed columns of a data type. */
export function recordedColumns(type: string): readonly TapeColumn<RecordedRow>[] {
  const typed = (COLUMNS[type] ?? []).map(({ name, kind }) => recordedColumn(name, kind));
  return [int('seq', ({ seq }) => seq), int('ts', ({ ts }) => ts), ...typed];
}

function recordedColumn(name: string, kind: Columns[number]['kind']): TapeColumn<RecordedRow> {
  const value = VALUES[name] ?? (({ data }) => data[name]);
  switch (kind) {
    case 'bool':
      return bool(name, (row) => value(row) === true);
    case 'utf8':
      return text(name, (row) => String(value(row) ?? ''));
    default:
      return { name, kind, of: (row) => numberOf(value(row)) };
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function best(side: unknown, field: 'price' | 'quantity'): unknown {
  const level: unknown = Array.isArray(side) ? side[0] : undefined;
  return isFields(level) ? level[field] : undefined;
}
