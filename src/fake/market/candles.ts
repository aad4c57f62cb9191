import { setImmediate as turn } from 'node:timers/promises';
import type { Interval } from '../../model/market.ts';
import { nextBar } from './bars.ts';
import { CandleBuilder } from './candle-builder.ts';
import type { SymbolMarket } from './symbol-market.ts';

/** Live frames are not to wait for somebody's history: so many trades are counted before others have their turn. */
const TRADES_PER_TURN = 20_000;

/** Price of the last trade with a smaller id; of the first trade there is when there is none before. */
export function lastPriceBefore(market: SymbolMarket, id: number): number {
  for (let before = id - 1; before >= market.firstTradeId; before--) {
    const trade = market.trade(before);
    if (trade !== undefined) return trade.price;
  }
  return market.trade(market.firstTradeId)?.price ?? 0;
}

/**
 * The bars that open at or after `from` (an open time) and before `to`, built from trades as the exchange does it; trades at
 * or after `nowUs` have not happened yet. Unix ms, `nowUs` unix µs.
 */
export async function candlesBetween(
  market: SymbolMarket,
  interval: Interval,
  range: { readonly from: number; readonly to: number; readonly nowUs: number },
): Promise<CandleBuilder[]> {
  const bars: CandleBuilder[] = [];
  let id = market.tradeIdAt(range.from * 1_000);
  let close = lastPriceBefore(market, id);
  let counted = 0;
  for (let open = range.from; open < range.to; open = nextBar(open, interval)) {
    const bar = new CandleBuilder(market, interval, open, close);
    const end = market.tradeIdAt(Math.min(bar.end * 1_000, range.nowUs));
    for (; id < end; id++) {
      const trade = market.trade(id);
      if (trade !== undefined) bar.add(trade);
      if (++counted % TRADES_PER_TURN === 0) await turn();
    }
    close = bar.close;
    bars.push(bar);
  }
  return bars;
}
