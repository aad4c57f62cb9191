export { ArrowBatch, type ArrowBatchOptions } from './arrow-batch.ts';
export type { Column, Format, RecordBatch } from './arrow-library.ts';
export { Batch, type BatchOptions } from './batch.ts';
export { Component, type ComponentOptions, type Config } from './component.ts';
export type {
  AggTrade,
  BookDepth,
  Kline,
  KlineUpdate,
  Level,
  Metrics,
  OrderBook,
  Status,
  Trade,
} from './data-types.ts';
export { AegisError, OutsideAegisError, RefusedError } from './errors.ts';
export type { Log, LogFields } from './log.ts';
export type { Recovery } from './position.ts';
export type {
  AggTradeRow,
  AnyRow,
  BookDepthRow,
  KlineRow,
  KlineUpdateRow,
  MetricsRow,
  OrderBookRow,
  Row,
  StatusRow,
  Stream,
  Topic,
  TradeRow,
} from './rows.ts';
export { StreamHash } from './stream-hash.ts';
