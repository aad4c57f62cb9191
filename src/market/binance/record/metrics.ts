import { decimal, int, type TapeColumn, text } from './column.ts';
import type { Decimal } from './decimal.ts';

/** Open interest and long/short ratios of five minutes. */
export interface MetricsRecord {
  /** Unix ms. */
  readonly createTime: number;
  /** Without characters that JSON would have to escape: see `isToken`. */
  readonly symbol: string;
  readonly sumOpenInterest: Decimal;
  readonly sumOpenInterestValue: Decimal;
  readonly countToptraderLongShortRatio: Decimal;
  readonly sumToptraderLongShortRatio: Decimal;
  readonly countLongShortRatio: Decimal;
  readonly sumTakerLongShortVolRatio: Decimal;
}

export function renderMetrics(r: MetricsRecord): string {
  return `{"create_time":${r.createTime},"symbol":"${r.symbol}","sum_open_interest":${r.sumOpenInterest},"sum_open_interest_value":${r.sumOpenInterestValue},"count_toptrader_long_short_ratio":${r.countToptraderLongShortRatio},"sum_toptrader_long_short_ratio":${r.sumToptraderLongShortRatio},"count_long_short_ratio":${r.countLongShortRatio},"sum_taker_long_short_vol_ratio":${r.sumTakerLongShortVolRatio}}`;
}

export const METRICS_COLUMNS: readonly TapeColumn<MetricsRecord>[] = [
  int('create_time', (r) => r.createTime),
  text('symbol', (r) => r.symbol),
  decimal('sum_open_interest', (r) => r.sumOpenInterest),
  decimal('sum_open_interest_value', (r) => r.sumOpenInterestValue),
  decimal('count_toptrader_long_short_ratio', (r) => r.countToptraderLongShortRatio),
  decimal('sum_toptrader_long_short_ratio', (r) => r.sumToptraderLongShortRatio),
  decimal('count_long_short_ratio', (r) => r.countLongShortRatio),
  decimal('sum_taker_long_short_vol_ratio', (r) => r.sumTakerLongShortVolRatio),
];
