import type { AggTradeRecord } from '../market/binance/record/agg-trade.ts';
import { canonicalDecimal, type Decimal } from '../market/binance/record/decimal.ts';
import type { KlineRecord } from '../market/binance/record/kline.ts';
import type { TradeRecord } from '../market/binance/record/trade.ts';
import type { Interval } from '../model/market.ts';
import type { MarketClock } from './clock.ts';
import type { FakeSymbol } from './fake-symbol.ts';
import { Numbers } from './frames/numbers.ts';
import { barOpen } from './market/bars.ts';
import type { CandleBuilder } from './market/candle-builder.ts';
import { candlesBetween } from './market/candles.ts';
import { quoteValueOf } from './market/quote-value.ts';

export interface TruthOptions {
  readonly symbols: ReadonlyMap<string, FakeSymbol>;
  readonly clock: MarketClock;
}

/** What really happened in a fake market, for comparing it with what somebody saw. Throws RangeError for a symbol it lacks. */
export class Truth {
  readonly #options: TruthOptions;

  constructor(options: TruthOptions) {
    this.#options = options;
  }

  /** Trades with these ids, both included; ids that exist nowhere and spent ids are absent. */
  trades(symbol: string, fromId: number, toId: number): TradeRecord[] {
    const { trades } = this.#symbol(symbol);
    const write = new Numbers(trades);
    const quoteValue = quoteValueOf(trades);
    const records: TradeRecord[] = [];
    for (let id = fromId; id <= toId; id++) {
      const trade = trades.trade(id);
      if (trade === undefined) continue;
      const { price, qty, timeUs, buyerMaker } = trade;
      records.push({
        id,
        price: canonical(write.price(price)),
        qty: canonical(write.qty(qty)),
        quoteQty: canonical(write.quote(quoteValue(price, qty))),
        time: Math.floor(timeUs / 1_000),
        isBuyerMaker: buyerMaker,
      });
    }
    return records;
  }

  /** Aggregates with these ids, both included. */
  aggTrades(symbol: string, fromId: number, toId: number): AggTradeRecord[] {
    const { trades } = this.#symbol(symbol);
    const write = new Numbers(trades);
    const records: AggTradeRecord[] = [];
    for (let id = fromId; id <= toId; id++) {
      const each = trades.aggregate(id);
      if (each === undefined) continue;
      records.push({
        symbol,
        aggTradeId: id,
        price: canonical(write.price(each.price)),
        quantity: canonical(write.qty(each.qty)),
        firstTradeId: each.firstId,
        lastTradeId: each.lastId,
        transactTime: Math.floor(each.timeUs / 1_000),
        isBuyerMaker: each.buyerMaker,
      });
    }
    return records;
  }

  /** Closed bars with `from <= open time < to`, unix ms. */
  async klines(symbol: string, interval: Interval, from: number, to: number): Promise<KlineRecord[]> {
    const { trades } = this.#symbol(symbol);
    const nowUs = this.#options.clock.nowUs();
    const open = barOpen(from, interval);
    const bars = await candlesBetween(trades, interval, { from: open, to, nowUs: nowUs + 1 });
    const write = new Numbers(trades);
    return bars.filter((bar) => bar.openTime >= from && bar.end * 1_000 <= nowUs).map((bar) => record(bar, write));
  }

  /** The last ids that have happened. */
  last(symbol: string): { readonly tradeId: number; readonly aggTradeId: number } {
    const { trades } = this.#symbol(symbol);
    const now = this.#options.clock.nowUs() + 1;
    return { tradeId: trades.tradeIdAt(now) - 1, aggTradeId: trades.aggIdAt(now) - 1 };
  }

  #symbol(name: string): FakeSymbol {
    const symbol = this.#options.symbols.get(name);
    if (symbol === undefined) throw new RangeError(`there is no symbol ${name}`);
    return symbol;
  }
}

function record(bar: CandleBuilder, write: Numbers): KlineRecord {
  const c = bar.candle();
  return {
    openTime: c.openTime,
    open: canonical(write.price(c.open)),
    high: canonical(write.price(c.high)),
    low: canonical(write.price(c.low)),
    close: canonical(write.price(c.close)),
    volume: canonical(write.qty(c.volume)),
    closeTime: c.end - 1,
    quoteVolume: canonical(write.quote(c.quote)),
    count: c.count,
    takerBuyVolume: canonical(write.qty(c.takerVolume)),
    takerBuyQuoteVolume: canonical(write.quote(c.takerQuote)),
  };
}

function canonical(text: string): Decimal {
  const decimal = canonicalDecimal(text);
  if (decimal === undefined) throw new RangeError(`${text} is no number`);
  return decimal;
}
