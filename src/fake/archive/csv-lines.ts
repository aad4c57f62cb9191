import { isMicros } from '../../market/binance/sample/day-trades.ts';
import { PROFILES } from '../../market/binance/sample/profile.ts';
import { inUnit } from '../frames/frame.ts';
import { Numbers } from '../frames/numbers.ts';
import { type QuoteValue, quoteValueOf } from '../market/quote-value.ts';
import type { FakeAggregate, FakeTrade, SymbolMarket } from '../market/symbol-market.ts';

const AGG_HEADER = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';

/** Writes lines of archives of one symbol and day. */
export class CsvLines {
  readonly #market: SymbolMarket['market'];
  readonly #numbers: Numbers;
  readonly #unit: 'ms' | 'us';
  readonly #quoteValue: QuoteValue;

  /** `day`: unix ms. */
  constructor(of: Pick<SymbolMarket, 'market' | 'symbol' | 'scale'>, day: number) {
    this.#market = of.market;
    this.#numbers = new Numbers(of);
    this.#quoteValue = quoteValueOf(of);
    this.#unit = isMicros(of.market, day) ? 'us' : 'ms';
  }

  /** The first line, where the market has one. */
  header(type: 'trades' | 'aggTrades'): string[] {
    if (!PROFILES[this.#market].header) return [];
    if (type === 'aggTrades') return [AGG_HEADER];
    return [`id,price,qty,${this.#market === 'cm' ? 'base_qty' : 'quote_qty'},time,is_buyer_maker`];
  }

  trade({ id, price, qty, timeUs, buyerMaker }: FakeTrade): string {
    const n = this.#numbers;
    const quote = n.quote(this.#quoteValue(price, qty));
    return `${id},${n.price(price)},${n.qty(qty)},${quote},${inUnit(timeUs, this.#unit)},${this.#end(buyerMaker)}`;
  }

  aggTrade({ id, price, qty, firstId, lastId, timeUs, buyerMaker }: FakeAggregate): string {
    const n = this.#numbers;
    const ids = `${firstId},${lastId}`;
    return `${id},${n.price(price)},${n.qty(qty)},${ids},${inUnit(timeUs, this.#unit)},${this.#end(buyerMaker)}`;
  }

  /** Side, and on spot that it was the best match. */
  #end(buyerMaker: boolean): string {
    const { bools, bestMatch } = PROFILES[this.#market];
    return `${bools[buyerMaker ? 1 : 0]}${bestMatch ? `,${bools[1]}` : ''}`;
  }
}
