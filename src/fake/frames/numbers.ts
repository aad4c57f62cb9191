import { fixed, PROFILES } from '../../market/binance/sample/profile.ts';
import type { SymbolMarket } from '../market/symbol-market.ts';

/** Writes the whole numbers of a symbol as its market does: with a fixed count of decimals. */
export class Numbers {
  readonly #scale: { readonly price: number; readonly qty: number; readonly quote: number };
  readonly #decimals: { readonly price: number; readonly qty: number; readonly quote: number };

  constructor({ market, scale }: Pick<SymbolMarket, 'market' | 'scale'>) {
    const profile = PROFILES[market];
    const quote = market === 'cm' ? profile.quoteScale : scale.price + scale.qty;
    this.#scale = { ...scale, quote };
    this.#decimals = {
      price: Math.max(profile.priceDecimals, scale.price),
      qty: Math.max(profile.qtyDecimals, scale.qty),
      quote: Math.max(profile.quoteDecimals, quote),
    };
  }

  price(value: number): string {
    return fixed(value, this.#scale.price, this.#decimals.price);
  }

  qty(value: number): string {
    return fixed(value, this.#scale.qty, this.#decimals.qty);
  }

  /** Quote quantity; COIN-M: base quantity. */
  quote(value: number | bigint): string {
    return fixed(value, this.#scale.quote, this.#decimals.quote);
  }
}
