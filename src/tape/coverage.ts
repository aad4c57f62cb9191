import { isMonthlyOnly } from '../market/binance/archive/archive-ref.ts';
import { type Period, parsePeriod, periodsBetween } from '../market/binance/archive/period.ts';
import { INTERVAL_MS, type Interval, isInterval } from '../model/market.ts';
import { parseTopic } from '../model/topic.ts';

/** Longest calendar month; only used to look far enough back. */
const MAX_MONTH_MS = 31 * 24 * 3_600_000;

/**
 * The tape periods of a topic that may hold rows with `from <= ts < to` (unix ms), in order. Candles are ordered by
 * their close, which for the long ones lies in a later period than the tape of their open.
 */
export function periodsOfTopic(topic: string, from: number, to: number): Period[] {
  const { type, detail } = parseTopic(topic);
  if (type !== 'klines' || detail === undefined || !isInterval(detail)) return periodsBetween(from, to, 'day');
  const length = INTERVAL_MS[detail] ?? MAX_MONTH_MS;
  const monthly = isMonthlyOnly(detail);
  return periodsBetween(from - (monthly ? length : 0), to, monthly ? 'month' : 'day').filter((period) => {
    const { first, last } = closesOf(period, detail);
    return last >= from && first < to;
  });
}

/** Earliest and latest close of the bars that open in a period, unix ms. */
function closesOf(period: Period, interval: Interval): { first: number; last: number } {
  const length = INTERVAL_MS[interval];
  if (length === undefined) return { first: period.end - 1, last: period.end - 1 };
  const opens = opensOf(period, interval, length);
  return { first: opens.first + length - 1, last: opens.last + length - 1 };
}

/** 1970-01-05 was a Monday: weekly bars open on Mondays; all others at multiples of their length since 1970. */
const FIRST_MONDAY = parsePeriod('1970-01-05').start;

function opensOf(period: Period, interval: Interval, length: number): { first: number; last: number } {
  const origin = interval === '1w' ? FIRST_MONDAY : 0;
  const ceil = (ms: number): number => origin + Math.ceil((ms - origin) / length) * length;
  return { first: ceil(period.start), last: ceil(period.end) - length };
}
