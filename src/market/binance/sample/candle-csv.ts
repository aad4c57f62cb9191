import type { Market } from '../../../model/market.ts';
import type { Candle } from './candles.ts';
import { isMicros } from './day-trades.ts';
import { fixed, PROFILES } from './profile.ts';

const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';

/** The archive `klines` of a day or month. */
export function klinesCsv(candles: readonly Candle[], market: Market): string[] {
  const { header, priceDecimals, qtyScale, qtyDecimals, quoteScale, quoteDecimals } = PROFILES[market];
  const price = (value: number): string => fixed(value, 2, priceDecimals);
  const qty = (value: number): string => fixed(value, qtyScale, qtyDecimals);
  const quote = (value: bigint): string => fixed(value, quoteScale, quoteDecimals);
  const unit = isMicros(market, candles[0]?.openTime ?? 0) ? 1000 : 1;
  const lines = candles.map((c) =>
    [
      c.openTime * unit,
      price(c.open),
      price(c.high),
      price(c.low),
      price(c.close),
      qty(c.volume),
      c.end * unit - 1,
      quote(c.quote),
      c.count,
      qty(c.takerVolume),
      quote(c.takerQuote),
      0,
    ].join(','),
  );
  return header ? [HEADER, ...lines] : lines;
}
