import type { BookLevel, DepthEvent, DepthSnapshot } from '../../../src/market/binance/stream/market-event.ts';

export interface Change {
  readonly from: number;
  readonly to: number;
  /** `pu` of futures. */
  readonly previous?: number;
  readonly time?: number;
  readonly bids?: readonly BookLevel[];
  readonly asks?: readonly BookLevel[];
}

export function depth({ from, to, previous, time = to * 100, bids = [], asks = [] }: Change): DepthEvent {
  const event = { type: 'depth', symbol: 'BTCUSDT', firstId: from, lastId: to, time, bids, asks } as const;
  return previous === undefined ? event : { ...event, previousId: previous };
}

/** Bids from 10000 down, asks from 10001 up, one level per unit of price. */
export function snapshot(lastId: number, levels = 30): DepthSnapshot {
  const side = (price: (index: number) => number): BookLevel[] =>
    Array.from({ length: levels }, (_, index) => [String(price(index)), '1']);
  return {
    symbol: 'BTCUSDT',
    lastId,
    bids: side((index) => 10_000 - index),
    asks: side((index) => 10_001 + index),
  };
}
