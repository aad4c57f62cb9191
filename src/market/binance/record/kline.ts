import { decimal, int, type Shown, type TapeColumn } from './column.ts';
import type { Decimal } from './decimal.ts';

/** A closed candle. Times in unix ms; volumes in base, quote volumes in quote units (COIN-M: contracts and base). */
export interface KlineRecord {
  readonly openTime: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  /** Envelope time: the candle is known only when it closed. */
  readonly closeTime: number;
  readonly quoteVolume: Decimal;
  readonly count: number;
  readonly takerBuyVolume: Decimal;
  readonly takerBuyQuoteVolume: Decimal;
}

export function renderKline(r: Shown<KlineRecord>): string {
  return `{"open_time":${r.openTime},"close_time":${r.closeTime},"count":${r.count},"open":${r.open},"high":${r.high},"low":${r.low},"close":${r.close},"volume":${r.volume},"quote_volume":${r.quoteVolume},"taker_buy_volume":${r.takerBuyVolume},"taker_buy_quote_volume":${r.takerBuyQuoteVolume}}`;
}

export const KLINE_COLUMNS: readonly TapeColumn<KlineRecord>[] = [
  int('open_time', (r) => r.openTime),
  int('close_time', (r) => r.closeTime),
  int('count', (r) => r.count),
  decimal('open', (r) => r.open),
  decimal('high', (r) => r.high),
  decimal('low', (r) => r.low),
  decimal('close', (r) => r.close),
  decimal('volume', (r) => r.volume),
  decimal('quote_volume', (r) => r.quoteVolume),
  decimal('taker_buy_volume', (r) => r.takerBuyVolume),
  decimal('taker_buy_quote_volume', (r) => r.takerBuyQuoteVolume),
];
