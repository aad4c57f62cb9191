import type { Interval } from '../../../model/market.ts';
import { INTERVAL_MS } from '../../../model/market.ts';
import { barEnd } from '../archive/kline-series.ts';
import { periodAt, previousPeriod } from '../archive/period.ts';

/** Which id follows which in an unbroken sequence. */
export interface IdOrder {
  after(id: number): number;
  before(id: number): number;
}

/** Ids of trades and aggTrades: each is one more than the one before. */
export const COUNTED: IdOrder = { after: (id) => id + 1, before: (id) => id - 1 };

/** Open times of bars, unix ms. */
export function barOrder(interval: Interval): IdOrder {
  const length = INTERVAL_MS[interval];
  return {
    after: (openTime) => barEnd(openTime, interval),
    before: (openTime) =>
      length === undefined ? previousPeriod(periodAt(openTime, 'month')).start : openTime - length,
  };
}

/** Open time of the last bar from `openTime` on that is over at `now`; undefined when not even the first one is. */
export function lastBarOver(openTime: number, interval: Interval, now: number): number | undefined {
  const length = INTERVAL_MS[interval];
  if (length !== undefined) {
    const bars = Math.floor((now - openTime) / length);
    return bars < 1 ? undefined : openTime + (bars - 1) * length;
  }
  const month = previousPeriod(periodAt(now, 'month')).start;
  return month < openTime ? undefined : month;
}
