import type { AggTrade, BookDepth, Kline, KlineUpdate, Trade } from './data-types.ts';
import { type LineReader, type Literal, literal } from './line-reader.ts';
import type { Stream } from './rows.ts';

/** Reads the fields of a type, in the order in which Aegis writes them; `symbol` is that of the topic. */
export type DataReader<Data extends object = object> = (reader: LineReader, symbol: string) => Data;

const key = (name: string): Literal => literal(`"${name}":`);

const KEY = {
  id: key('id'),
  price: key('price'),
  qty: key('qty'),
  quoteQty: key('quote_qty'),
  time: key('time'),
  isBuyerMaker: key('is_buyer_maker'),
  eventTime: key('event_time'),
  symbol: key('symbol'),
  aggTradeId: key('agg_trade_id'),
  firstTradeId: key('first_trade_id'),
  lastTradeId: key('last_trade_id'),
  quantity: key('quantity'),
  normalQty: key('normal_qty'),
  transactTime: key('transact_time'),
  openTime: key('open_time'),
  closeTime: key('close_time'),
  count: key('count'),
  open: key('open'),
  high: key('high'),
  low: key('low'),
  close: key('close'),
  volume: key('volume'),
  quoteVolume: key('quote_volume'),
  takerBuyVolume: key('taker_buy_volume'),
  takerBuyQuoteVolume: key('taker_buy_quote_volume'),
  timestamp: key('timestamp'),
  percentage: key('percentage'),
  depth: key('depth'),
  notional: key('notional'),
  closed: key('closed'),
};

const readTrade: DataReader<Trade> = (reader) => ({
  id: reader.number(KEY.id),
  price: reader.number(KEY.price),
  qty: reader.number(KEY.qty),
  quote_qty: reader.number(KEY.quoteQty),
  time: reader.number(KEY.time),
  is_buyer_maker: reader.boolean(KEY.isBuyerMaker),
});

const readAggTrade: DataReader<AggTrade> = (reader, symbol) => ({
  event_time: reader.number(KEY.eventTime),
  symbol: reader.text(KEY.symbol, symbol),
  agg_trade_id: reader.number(KEY.aggTradeId),
  first_trade_id: reader.number(KEY.firstTradeId),
  last_trade_id: reader.number(KEY.lastTradeId),
  price: reader.number(KEY.price),
  quantity: reader.number(KEY.quantity),
  normal_qty: reader.number(KEY.normalQty),
  transact_time: reader.number(KEY.transactTime),
  is_buyer_maker: reader.boolean(KEY.isBuyerMaker),
});

const readKline: DataReader<Kline> = (reader) => ({
  open_time: reader.number(KEY.openTime),
  close_time: reader.number(KEY.closeTime),
  count: reader.number(KEY.count),
  open: reader.number(KEY.open),
  high: reader.number(KEY.high),
  low: reader.number(KEY.low),
  close: reader.number(KEY.close),
  volume: reader.number(KEY.volume),
  quote_volume: reader.number(KEY.quoteVolume),
  taker_buy_volume: reader.number(KEY.takerBuyVolume),
  taker_buy_quote_volume: reader.number(KEY.takerBuyQuoteVolume),
});

const readBookDepth: DataReader<BookDepth> = (reader) => ({
  timestamp: reader.number(KEY.timestamp),
  percentage: reader.number(KEY.percentage),
  depth: reader.number(KEY.depth),
  notional: reader.number(KEY.notional),
});

const readKlineUpdate: DataReader<KlineUpdate> = (reader, symbol) => ({
  ...readKline(reader, symbol),
  closed: reader.boolean(KEY.closed),
});

/** Of the types that have many rows. The others are for JSON.parse. */
export const DATA_READERS: Readonly<Partial<Record<Stream, DataReader>>> = {
  trades: readTrade,
  aggTrades: readAggTrade,
  klines: readKline,
  klineUpdates: readKlineUpdate,
  bookDepth: readBookDepth,
};
