import type { Market } from '../../../model/market.ts';
import type { TradeRecord } from '../record/trade.ts';
import { amountOf, boolOf, countOf, type Fields, Malformed, timeUsOf } from './fields.ts';
import type { MarketEvent } from './market-event.ts';
import { quoteQuantity } from './quote-quantity.ts';

type TradeEvent = Extract<MarketEvent, { type: 'trade' | 'spentTrade' }>;
type AggTradeEvent = Extract<MarketEvent, { type: 'aggTrade' }>;

/** What is said of a trade, wherever it is said. */
type TradeFacts = Omit<TradeRecord, 'quoteQty' | 'time'> & { readonly timeUs: number };

/** Throws Malformed, like all functions here. */
export function tradeOfFrame(market: Market, symbol: string, data: Fields): TradeEvent {
  return tradeEvent(market, symbol, {
    id: countOf(data.t, 't'),
    price: amountOf(data.p, 'p'),
    qty: amountOf(data.q, 'q'),
    timeUs: timeUsOf(data.T, 'T'),
    isBuyerMaker: boolOf(data.m, 'm'),
  });
}

/**
 * Of a REST row, which has a `quoteQty` (COIN-M `baseQty`) of its own: it is not taken, since USD-M cuts it off after two
 * decimals, and the row must not depend on the way by which it came.
 */
export function tradeOfRest(market: Market, symbol: string, data: Fields): TradeEvent {
  return tradeEvent(market, symbol, {
    id: countOf(data.id, 'id'),
    price: amountOf(data.price, 'price'),
    qty: amountOf(data.qty, 'qty'),
    timeUs: timeUsOf(data.time, 'time'),
    isBuyerMaker: boolOf(data.isBuyerMaker, 'isBuyerMaker'),
  });
}

function tradeEvent(market: Market, symbol: string, { timeUs, ...facts }: TradeFacts): TradeEvent {
  const { id, price, qty } = facts;
  if (price === '0' && qty === '0') return { type: 'spentTrade', symbol, id };
  const quoteQty = quoteQuantity(market, symbol, price, qty);
  if (quoteQty === undefined) throw new Malformed('the price is 0');
  const { isBuyerMaker } = facts;
  return {
    type: 'trade',
    symbol,
    timeUs,
    record: { id, price, qty, quoteQty, time: Math.floor(timeUs / 1000), isBuyerMaker },
  };
}

/** Frames and REST rows have the same letters; REST rows have no symbol. */
export function aggTradeOf(symbol: string, data: Fields): AggTradeEvent {
  const timeUs = timeUsOf(data.T, 'T');
  return {
    type: 'aggTrade',
    symbol,
    timeUs,
    record: {
      symbol,
      aggTradeId: countOf(data.a, 'a'),
      price: amountOf(data.p, 'p'),
      quantity: amountOf(data.q, 'q'),
      firstTradeId: countOf(data.f, 'f'),
      lastTradeId: countOf(data.l, 'l'),
      transactTime: Math.floor(timeUs / 1000),
      isBuyerMaker: boolOf(data.m, 'm'),
    },
  };
}
