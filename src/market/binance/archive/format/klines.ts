import { KLINE_COLUMNS, type KlineRecord, renderKline } from '../../record/kline.ts';
import { KlineSeries } from '../kline-series.ts';
import { type ArchiveFormat, isData, toMs } from './format.ts';

const COLUMNS = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close_time',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
  'ignore',
];

export const klines: ArchiveFormat<KlineRecord> = {
  type: 'klines',
  columns: () => COLUMNS,
  isData,
  parse: (f) => ({
    openTime: toMs(f.timeUs(0)),
    open: f.decimal(1),
    high: f.decimal(2),
    low: f.decimal(3),
    close: f.decimal(4),
    volume: f.decimal(5),
    closeTime: toMs(f.timeUs(6)),
    quoteVolume: f.decimal(7),
    count: f.integer(8),
    takerBuyVolume: f.decimal(9),
    takerBuyQuoteVolume: f.decimal(10),
  }),
  timeUs: (f) => f.timeUs(6),
  dayTime: (record) => record.openTime,
  series: (interval) => new KlineSeries(interval),
  render: renderKline,
  tapeColumns: KLINE_COLUMNS,
  layout: {
    fields: {
      open_time: 'time',
      open: 'decimal',
      high: 'decimal',
      low: 'decimal',
      close: 'decimal',
      volume: 'decimal',
      close_time: 'time',
      quote_volume: 'decimal',
      count: 'integer',
      taker_buy_volume: 'decimal',
      taker_buy_quote_volume: 'decimal',
    },
    time: 'close_time',
    dayTime: 'open_time',
    json: (_, slot) =>
      renderKline({
        openTime: slot('open_time'),
        open: slot('open'),
        high: slot('high'),
        low: slot('low'),
        close: slot('close'),
        volume: slot('volume'),
        closeTime: slot('close_time'),
        quoteVolume: slot('quote_volume'),
        count: slot('count'),
        takerBuyVolume: slot('taker_buy_volume'),
        takerBuyQuoteVolume: slot('taker_buy_quote_volume'),
      }),
  },
};
