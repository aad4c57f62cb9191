import { barEnd } from '../../market/binance/archive/kline-series.ts';
import type { Candle } from '../../market/binance/sample/candles.ts';
import type { Interval } from '../../model/market.ts';
import { type QuoteValue, quoteValueOf } from './quote-value.ts';
import type { FakeTrade, SymbolMarket } from './symbol-market.ts';

/** Sums of quote quantities stay exact in a float up to here. */
const EXACT = 2 ** 52;

/** Whose trades they are. */
type Traded = Pick<SymbolMarket, 'market' | 'symbol' | 'scale'>;

/** A candle that trades are added to one by one. */
export class CandleBuilder {
  readonly openTime: number;
  /** Not included, unix ms. */
  readonly end: number;
  readonly #quoteValue: QuoteValue;
  #open: number;
  #high: number;
  #low: number;
  #close: number;
  #volume = 0;
  #takerVolume = 0;
  #count = 0;
  #quote = new ExactSum();
  #takerQuote = new ExactSum();
  #firstId = -1;
  #lastId = -1;

  /** `close`: price of the last trade before; a candle without trades repeats it. */
  constructor(of: Traded, interval: Interval, openTime: number, close: number) {
    this.#quoteValue = quoteValueOf(of);
    this.openTime = openTime;
    this.end = barEnd(openTime, interval);
    this.#open = this.#high = this.#low = this.#close = close;
  }

  /** `trade` lies in this candle and follows the trades that were added before. */
  add({ id, price, qty, buyerMaker }: FakeTrade): void {
    if (this.#count === 0) {
      this.#open = this.#high = this.#low = price;
      this.#firstId = id;
    }
    this.#lastId = id;
    if (price > this.#high) this.#high = price;
    if (price < this.#low) this.#low = price;
    this.#close = price;
    this.#volume += qty;
    this.#count++;
    const quote = this.#quoteValue(price, qty);
    this.#quote.add(quote);
    if (buyerMaker) return;
    this.#takerVolume += qty;
    this.#takerQuote.add(quote);
  }

  get close(): number {
    return this.#close;
  }

  /** Ids of the first and last trade; −1 without trades. */
  get ids(): { readonly first: number; readonly last: number } {
    return { first: this.#firstId, last: this.#lastId };
  }

  /** As it is now. */
  candle(): Candle {
    return {
      openTime: this.openTime,
      end: this.end,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: this.#volume,
      quote: this.#quote.value,
      count: this.#count,
      takerVolume: this.#takerVolume,
      takerQuote: this.#takerQuote.value,
    };
  }
}

/** A sum of whole numbers that may leave the range of exact floats, at the price of a float addition. */
class ExactSum {
  #whole = 0n;
  #part = 0;

  add(value: number): void {
    this.#part += value;
    if (this.#part < EXACT) return;
    this.#whole += BigInt(this.#part);
    this.#part = 0;
  }

  get value(): bigint {
    return this.#whole + BigInt(this.#part);
  }
}
