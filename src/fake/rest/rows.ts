import type { Market } from '../../model/market.ts';
import { inUnit, type TimeUnit } from '../frames/frame.ts';
import { Numbers } from '../frames/numbers.ts';
import type { CandleBuilder } from '../market/candle-builder.ts';
import { type QuoteValue, quoteValueOf } from '../market/quote-value.ts';
import type { FakeAggregate, FakeTrade, SymbolMarket } from '../market/symbol-market.ts';

/** Writes rows of REST answers of one symbol. */
export class Rows {
  readonly numbers: Numbers;
  readonly #market: Market;
  readonly #unit: TimeUnit;
  readonly #quoteValue: QuoteValue;

  constructor(of: Pick<SymbolMarket, 'market' | 'symbol' | 'scale'>, unit: TimeUnit) {
    this.numbers = new Numbers(of);
    this.#market = of.market;
    this.#unit = unit;
    this.#quoteValue = quoteValueOf(of);
  }

  trade({ id, price, qty, timeUs, buyerMaker }: FakeTrade): string {
    const n = this.numbers;
    const quote = n.quote(this.#quoteValue(price, qty));
    const best = this.#market === 'spot' ? ',"isBestMatch":true' : '';
    return `{"id":${id},"price":"${n.price(price)}","qty":"${n.qty(qty)}","${this.#market === 'cm' ? 'baseQty' : 'quoteQty'}":"${quote}","time":${inUnit(timeUs, this.#unit)},"isBuyerMaker":${buyerMaker}${best}}`;
  }

  aggTrade({ id, price, qty, firstId, lastId, timeUs, buyerMaker }: FakeAggregate): string {
    const n = this.numbers;
    const best = this.#market === 'spot' ? ',"M":true' : '';
    return `{"a":${id},"p":"${n.price(price)}","q":"${n.qty(qty)}","f":${firstId},"l":${lastId},"T":${inUnit(timeUs, this.#unit)},"m":${buyerMaker}${best}}`;
  }

  kline(bar: CandleBuilder): string {
    const n = this.numbers;
    const c = bar.candle();
    const unit = this.#unit === 'us' ? 1_000 : 1;
    const prices = [c.open, c.high, c.low, c.close].map((price) => `"${n.price(price)}"`).join(',');
    const sums = `"${n.quote(c.quote)}",${c.count},"${n.qty(c.takerVolume)}","${n.quote(c.takerQuote)}","0"`;
    return `[${c.openTime * unit},${prices},"${n.qty(c.volume)}",${c.end * unit - 1},${sums}]`;
  }
}
