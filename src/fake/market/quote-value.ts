import { contractSize } from '../../market/binance/stream/quote-quantity.ts';
import type { SymbolMarket } from './symbol-market.ts';

/** Decimals of base quantities on COIN-M. */
const BASE_DECIMALS = 8;

/** Quote quantity (COIN-M: base quantity) of a trade, a whole number in the units that `Numbers` writes. */
export type QuoteValue = (price: number, qty: number) => number;

/**
 * How quote quantities of a symbol are computed; exact below 2^53. Base quantities are rounded half up: 100 / 19100.5 is
 * 0.00523547 in answers of the exchange.
 */
export function quoteValueOf({ market, symbol, scale }: Pick<SymbolMarket, 'market' | 'symbol' | 'scale'>): QuoteValue {
  if (market !== 'cm') return (price, qty) => price * qty;
  const contract = contractSize(symbol) * 10 ** (BASE_DECIMALS + scale.price - scale.qty);
  return (price, qty) => {
    const value = qty * contract;
    const rest = value % price;
    return (value - rest) / price + (rest * 2 >= price ? 1 : 0);
  };
}
