import { AGG_TRADE_COLUMNS, type AggTradeRecord, renderAggTrade } from '../../record/agg-trade.ts';
import { type ArchiveFormat, isData, toMs } from './format.ts';

const COLUMNS = [
  'agg_trade_id',
  'price',
  'quantity',
  'first_trade_id',
  'last_trade_id',
  'transact_time',
  'is_buyer_maker',
];
const SPOT_COLUMNS = [...COLUMNS, 'is_best_match'];

export const aggTrades: ArchiveFormat<AggTradeRecord> = {
  type: 'aggTrades',
  columns: (market) => (market === 'spot' ? SPOT_COLUMNS : COLUMNS),
  isData,
  parse: (f, symbol) => ({
    symbol,
    aggTradeId: f.integer(0),
    price: f.decimal(1),
    quantity: f.decimal(2),
    firstTradeId: f.integer(3),
    lastTradeId: f.integer(4),
    transactTime: toMs(f.timeUs(5)),
    isBuyerMaker: f.bool(6),
  }),
  timeUs: (f) => f.timeUs(5),
  dayTime: (record) => record.transactTime,
  render: renderAggTrade,
  tapeColumns: AGG_TRADE_COLUMNS,
  layout: {
    fields: {
      agg_trade_id: 'integer',
      price: 'decimal',
      quantity: 'decimal',
      first_trade_id: 'integer',
      last_trade_id: 'integer',
      transact_time: 'time',
      is_buyer_maker: 'bool',
    },
    time: 'transact_time',
    dayTime: 'transact_time',
    json: (symbol, slot) =>
      renderAggTrade({
        symbol,
        aggTradeId: slot('agg_trade_id'),
        price: slot('price'),
        quantity: slot('quantity'),
        firstTradeId: slot('first_trade_id'),
        lastTradeId: slot('last_trade_id'),
        transactTime: slot('transact_time'),
        isBuyerMaker: slot('is_buyer_maker'),
      }),
  },
};
