import { barEnd } from '../../market/binance/archive/kline-series.ts';
import { periodAt } from '../../market/binance/archive/period.ts';
import { INTERVAL_MS, type Interval, isInterval } from '../../model/market.ts';

/** Weeks open on Mondays. */
const FIRST_MONDAY = Date.UTC(1970, 0, 5);

/** The interval that the API calls so: `1M` is a month there. */
export function apiInterval(name: string): Interval | undefined {
  if (name === '1M') return '1mo';
  return isInterval(name) && name !== '1mo' ? name : undefined;
}

export function apiName(interval: Interval): string {
  return interval === '1mo' ? '1M' : interval;
}

/** Open time of the bar that contains a time, unix ms. */
export function barOpen(ms: number, interval: Interval): number {
  const length = INTERVAL_MS[interval];
  if (length === undefined) return periodAt(ms, 'month').start;
  const origin = interval === '1w' ? FIRST_MONDAY : 0;
  return origin + Math.floor((ms - origin) / length) * length;
}

/** Open time of the bar before the one that opens at `open`. */
export function previousBar(open: number, interval: Interval): number {
  return barOpen(open - 1, interval);
}

export function nextBar(open: number, interval: Interval): number {
  return barEnd(open, interval);
}
