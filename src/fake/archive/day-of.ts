import type { DayTrades } from '../../market/binance/sample/day-trades.ts';
import { DAY_MS } from '../../model/market.ts';
import type { AlteredMarket } from '../market/altered-market.ts';
import { lastPriceBefore } from '../market/candles.ts';
import type { SymbolMarket } from '../market/symbol-market.ts';

/**
 * The trades of a UTC day in the form that archives are written from. Rows of ids without a trade are there as well, with
 * quantity 0: the writer leaves them out. `day`: unix ms.
 */
export function dayOf(market: AlteredMarket, whole: SymbolMarket, day: number): DayTrades {
  const firstTradeId = whole.tradeIdAt(day * 1_000);
  const firstAggId = whole.aggIdAt(day * 1_000);
  const count = whole.tradeIdAt((day + DAY_MS) * 1_000) - firstTradeId;
  const time = new Float64Array(count);
  const price = new Float64Array(count);
  const qty = new Float64Array(count);
  const buyerMaker = new Uint8Array(count);
  const agg = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const trade = whole.trade(firstTradeId + i);
    if (trade === undefined) continue;
    time[i] = trade.timeUs;
    price[i] = trade.price;
    qty[i] = market.trade(trade.id) === undefined ? 0 : trade.qty;
    buyerMaker[i] = Number(trade.buyerMaker);
    agg[i] = trade.aggId - firstAggId;
  }
  return {
    day,
    firstTradeId,
    firstAggId,
    time,
    price,
    qty,
    buyerMaker,
    agg,
    open: lastPriceBefore(market, firstTradeId),
  };
}
