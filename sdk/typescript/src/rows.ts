import type { AggTrade, BookDepth, Kline, KlineUpdate, Metrics, OrderBook, Status, Trade } from './data-types.ts';

/** Where a row comes from: `aegis.<session id>.<type>.<symbol>[.<timeframe or speed>]`. */
export interface Topic {
  readonly full: string;
  readonly sessionId: string;
  readonly type: Stream;
  readonly symbol: string;
  /** Timeframe or speed; empty for types that have none. */
  readonly detail: string;
}

export function parseTopic(full: string): Topic {
  const [, sessionId = '', type = '', symbol = '', detail = ''] = full.split('.');
  return { full, sessionId, type: type as Stream, symbol, detail };
}

interface RowOfType<Type extends string, Data> {
  /** Tells the rows apart. */
  readonly type: Type;
  readonly topic: Topic;
  readonly symbol: string;
  /** Unix ms; in historical sessions never decreasing. */
  readonly ts: number;
  /** Its number in the component's own stream of this run, from 0. */
  readonly seq: number;
  readonly data: Data;
}

export type TradeRow = RowOfType<'trades', Trade>;
export type AggTradeRow = RowOfType<'aggTrades', AggTrade>;
/** `topic.detail` is the timeframe; `ts` is the close. */
export type KlineRow = RowOfType<'klines', Kline>;
export type KlineUpdateRow = RowOfType<'klineUpdates', KlineUpdate>;
export type BookDepthRow = RowOfType<'bookDepth', BookDepth>;
export type MetricsRow = RowOfType<'metrics', Metrics>;
export type OrderBookRow = RowOfType<'orderBook', OrderBook>;
export type StatusRow = RowOfType<'status', Status>;

export type AnyRow =
  | TradeRow
  | AggTradeRow
  | KlineRow
  | KlineUpdateRow
  | BookDepthRow
  | MetricsRow
  | OrderBookRow
  | StatusRow;
export type Stream = AnyRow['type'];
/** The rows of the streams that a component declares. */
export type Row<S extends Stream = Stream> = Extract<AnyRow, { type: S }>;
