import type { Market } from '../../../model/market.ts';
import { type DayTrades, isMicros } from './day-trades.ts';
import { fixed, PROFILES, quoteOf } from './profile.ts';

/** The archive `trades` of a day. */
export function tradesCsv(trades: DayTrades, market: Market): string[] {
  const profile = PROFILES[market];
  const write = writers(trades, market);
  const lines = profile.header
    ? [`id,price,qty,${market === 'cm' ? 'base_qty' : 'quote_qty'},time,is_buyer_maker`]
    : [];
  for (let i = 0; i < trades.time.length; i++) {
    const price = trades.price[i] ?? 0;
    const qty = trades.qty[i] ?? 0;
    const quote = fixed(quoteOf(market, price, qty), profile.quoteScale, profile.quoteDecimals);
    lines.push(
      `${trades.firstTradeId + i},${write.price(price)},${write.qty(qty)},${quote},${write.time(i)},${write.maker(i)}${write.tail}`,
    );
  }
  return lines;
}

/** The archive `aggTrades` of a day: fills of one order at one price are one row. */
export function aggTradesCsv(trades: DayTrades, market: Market): string[] {
  const write = writers(trades, market);
  const lines = PROFILES[market].header
    ? ['agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker']
    : [];
  const { agg, firstAggId, firstTradeId } = trades;
  for (let first = 0; first < agg.length; ) {
    let qty = 0;
    let next = first;
    for (; next < agg.length && agg[next] === agg[first]; next++) qty += trades.qty[next] ?? 0;
    const id = firstAggId + (agg[first] ?? 0);
    const ids = `${firstTradeId + first},${firstTradeId + next - 1}`;
    const price = write.price(trades.price[first] ?? 0);
    lines.push(`${id},${price},${write.qty(qty)},${ids},${write.time(first)},${write.maker(first)}${write.tail}`);
    first = next;
  }
  return lines;
}

function writers(trades: DayTrades, market: Market) {
  const { priceDecimals, qtyScale, qtyDecimals, bools, bestMatch } = PROFILES[market];
  const divisor = isMicros(market, trades.day) ? 1 : 1000;
  return {
    price: (value: number) => fixed(value, 2, priceDecimals),
    qty: (value: number) => fixed(value, qtyScale, qtyDecimals),
    time: (index: number) => (trades.time[index] ?? 0) / divisor,
    maker: (index: number) => bools[trades.buyerMaker[index] === 1 ? 1 : 0],
    tail: bestMatch ? `,${bools[1]}` : '',
  };
}
