import { DAY_MS } from '../../../model/market.ts';

/** A UTC day or month: the span of one archive or tape. Unix ms; `end` is not included. */
export interface Period {
  /** `2024-01-01` or `2024-01`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export type PeriodKind = 'day' | 'month';

/** The period that contains a time. */
export function periodAt(ms: number, kind: PeriodKind): Period {
  const name = new Date(ms).toISOString().slice(0, kind === 'day' ? 10 : 7);
  return parsePeriod(name);
}

/** Throws RangeError when `name` is not an existing day or month. */
export function parsePeriod(name: string): Period {
  const date = new Date(name.length === 7 ? `${name}-01T00:00:00.000Z` : `${name}T00:00:00.000Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(name)) throw new RangeError(`${name} is no date`);
  const start = date.getTime();
  const end = name.length === 7 ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) : start + DAY_MS;
  return { name, start, end };
}

export function nextPeriod(period: Period): Period {
  return periodAt(period.end, period.name.length === 7 ? 'month' : 'day');
}

export function previousPeriod(period: Period): Period {
  return periodAt(period.start - 1, period.name.length === 7 ? 'month' : 'day');
}

/** The periods that overlap `[from, to)`, in order. Unix ms. */
export function periodsBetween(from: number, to: number, kind: PeriodKind): Period[] {
  const periods: Period[] = [];
  for (let period = periodAt(from, kind); period.start < to; period = nextPeriod(period)) periods.push(period);
  return periods;
}
