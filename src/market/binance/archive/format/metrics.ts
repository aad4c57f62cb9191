import { METRICS_COLUMNS, type MetricsRecord, renderMetrics } from '../../record/metrics.ts';
import { type ArchiveFormat, isData, toMs } from './format.ts';

const COLUMNS = [
  'create_time',
  'symbol',
  'sum_open_interest',
  'sum_open_interest_value',
  'count_toptrader_long_short_ratio',
  'sum_toptrader_long_short_ratio',
  'count_long_short_ratio',
  'sum_taker_long_short_vol_ratio',
];

export const metrics: ArchiveFormat<MetricsRecord> = {
  type: 'metrics',
  columns: () => COLUMNS,
  isData,
  parse: (f, symbol) => {
    if (f.text(1) !== symbol) f.fail(1, `the row is about "${f.text(1)}", the file about ${symbol}`);
    // Empty cells occur; a row of the stream has no place for "not known".
    if (COLUMNS.some((_, column) => f.text(column) === '')) return undefined;
    return {
      createTime: toMs(f.textTimeUs(0)),
      symbol,
      sumOpenInterest: f.decimal(2),
      sumOpenInterestValue: f.decimal(3),
      countToptraderLongShortRatio: f.decimal(4),
      sumToptraderLongShortRatio: f.decimal(5),
      countLongShortRatio: f.decimal(6),
      sumTakerLongShortVolRatio: f.decimal(7),
    };
  },
  timeUs: (f) => f.textTimeUs(0),
  dayTime: (record) => record.createTime,
  // A daily file may end with the row made at midnight, which sums up the last minutes of the day.
  spillMs: 5 * 60_000,
  render: renderMetrics,
  tapeColumns: METRICS_COLUMNS,
};
