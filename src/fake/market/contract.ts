import type { Market } from '../../model/market.ts';

/** A COIN-M contract is worth 100 dollars: 10^4 hundredths, times 10^8 for the decimals of the base quantity. */
const CONTRACT = 1e12;

/**
 * Quote quantity (COIN-M: base quantity) of a trade in units of the market profile's quote scale, as `quoteOf` of the
 * sample archives gives it, without a BigInt. Exact below 2^53.
 */
export function contractValue(market: Market, price: number, qty: number): number {
  if (market !== 'cm') return price * qty;
  const value = qty * CONTRACT;
  return (value - (value % price)) / price;
}
