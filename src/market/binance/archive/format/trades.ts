import { renderTrade, TRADE_COLUMNS, type TradeRecord } from '../../record/trade.ts';
import { type ArchiveFormat, isData, toMs } from './format.ts';

const COLUMNS = ['id', 'price', 'qty', 'quote_qty', 'time', 'is_buyer_maker'];
const SPOT_COLUMNS = [...COLUMNS, 'is_best_match'];

export const trades: ArchiveFormat<TradeRecord> = {
  type: 'trades',
  columns: (market) => (market === 'spot' ? SPOT_COLUMNS : COLUMNS),
  isData,
  parse: (f) => ({
    id: f.integer(0),
    price: f.decimal(1),
    qty: f.decimal(2),
    quoteQty: f.decimal(3),
    time: toMs(f.timeUs(4)),
    isBuyerMaker: f.bool(5),
  }),
  timeUs: (f) => f.timeUs(4),
  dayTime: (record) => record.time,
  render: renderTrade,
  tapeColumns: TRADE_COLUMNS,
  layout: {
    fields: {
      id: 'integer',
      price: 'decimal',
      qty: 'decimal',
      quote_qty: 'decimal',
      time: 'time',
      is_buyer_maker: 'bool',
    },
    time: 'time',
    dayTime: 'time',
    json: (_, slot) =>
      renderTrade({
        id: slot('id'),
        price: slot('price'),
        qty: slot('qty'),
        quoteQty: slot('quote_qty'),
        time: slot('time'),
        isBuyerMaker: slot('is_buyer_maker'),
      }),
    renamed: { trade_time: 'time' },
  },
};
