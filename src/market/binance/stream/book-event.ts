import { amountOf, countOf, type Fields, levelsOf, timeMsOf } from './fields.ts';
import type { DepthEvent, DepthSnapshot, MarketEvent } from './market-event.ts';

/** Throws Malformed, like all functions here. */
export function depthOfFrame(symbol: string, data: Fields): DepthEvent {
  return {
    type: 'depth',
    symbol,
    firstId: countOf(data.U, 'U'),
    lastId: countOf(data.u, 'u'),
    ...(data.pu === undefined ? {} : { previousId: countOf(data.pu, 'pu') }),
    time: timeMsOf(data.T ?? data.E, 'E'),
    bids: levelsOf(data.b, 'b'),
    asks: levelsOf(data.a, 'a'),
  };
}

export function bookTickerOfFrame(symbol: string, data: Fields): Extract<MarketEvent, { type: 'bookTicker' }> {
  return {
    type: 'bookTicker',
    symbol,
    updateId: countOf(data.u, 'u'),
    bid: amountOf(data.b, 'b'),
    ask: amountOf(data.a, 'a'),
  };
}

/** Of the answer of `/depth`. */
export function depthSnapshotOf(symbol: string, data: Fields): DepthSnapshot {
  const time = data.T ?? data.E;
  return {
    symbol,
    lastId: countOf(data.lastUpdateId, 'lastUpdateId'),
    ...(time === undefined ? {} : { time: timeMsOf(time, 'E') }),
    bids: levelsOf(data.bids, 'bids'),
    asks: levelsOf(data.asks, 'asks'),
  };
}
