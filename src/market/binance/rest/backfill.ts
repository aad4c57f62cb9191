import { AegisError } from '../../../model/errors.ts';
import { DAY_MS, INTERVAL_MS, type Interval, isInterval } from '../../../model/market.ts';
import { barEnd } from '../archive/kline-series.ts';
import type { Backfill } from '../series/topic-series.ts';
import type { KlineEvent, MarketEvent } from '../stream/market-event.ts';
import type { MarketRest } from './market-rest.ts';

/** What a series asks for that comes in pages; an order book is one answer of `MarketRest.depth`. */
export type PagedBackfill = Exclude<Backfill, { type: 'depth' }>;
type ByIds = Extract<PagedBackfill, { fromId: number }>;
type Bars = Extract<PagedBackfill, { type: 'klines' }>;

/** The end of what was asked for that the exchange did not give; both included, ids or open times in unix ms. */
export interface Lacking {
  readonly from: number;
  readonly to: number;
}

const SHORTEST_MONTH_MS = 28 * DAY_MS;

/**
 * Fetches what a series asks for, page by page: rows in order, each once, none outside of the request. It ends early where
 * the exchange has no more (REST may be a moment behind the sockets), and returns what is lacking then. Rows that are absent
 * between others are not counted as lacking: the series sees them.
 *
 * Throws what `MarketRest` throws, INVALID_SPEC for an interval that does not exist.
 */
export function backfill(
  rest: MarketRest,
  request: PagedBackfill,
  signal: AbortSignal,
): AsyncGenerator<readonly MarketEvent[], Lacking | undefined, undefined> {
  return request.type === 'klines' ? bars(rest, request, signal) : byIds(rest, request, signal);
}

async function* byIds(
  rest: MarketRest,
  { type, symbol, fromId: first, toId, onePage }: ByIds,
  signal: AbortSignal,
): AsyncGenerator<readonly MarketEvent[], Lacking | undefined, undefined> {
  let fromId = first;
  while (fromId <= toId) {
    const page = await rest[type]({ symbol, fromId, signal });
    const fresh: MarketEvent[] = [];
    for (const event of page) {
      const id = idOf(event);
      if (id === undefined || id < fromId) continue;
      fromId = id + 1;
      if (id <= toId) fresh.push(event);
    }
    // A page without anything new is the end; asking again would be a loop.
    if (fresh.length === 0) break;
    yield fresh;
    if (onePage === true) break;
  }
  return fromId <= toId ? { from: fromId, to: toId } : undefined;
}

async function* bars(
  rest: MarketRest,
  { symbol, interval, from, to }: Bars,
  signal: AbortSignal,
): AsyncGenerator<readonly MarketEvent[], Lacking | undefined, undefined> {
  if (!isInterval(interval)) throw new AegisError('INVALID_SPEC', `"${interval}" is not an interval`);
  const span = rest.api.klinesSpanMs ?? Number.POSITIVE_INFINITY;
  let next = from;
  let lackingFrom = from;
  while (next <= to) {
    const endTime = Math.min(to, next + span);
    const limit = Math.min(rest.api.rows.klines, rowsBetween(next, endTime, interval));
    const page = await rest.klines({ symbol, interval, startTime: next, endTime, limit, signal });
    const fresh = inOrder(page, next, endTime);
    const last = fresh.at(-1);
    if (last !== undefined) {
      lackingFrom = barEnd(last.record.openTime, interval);
      yield fresh;
    }
    // A full page may have been cut off; of any other one all of its span is known.
    const cut = page.length >= limit && last !== undefined && lackingFrom <= endTime;
    next = cut ? lackingFrom : endTime + 1;
  }
  return lackingFrom <= to ? { from: lackingFrom, to } : undefined;
}

/** Closed bars only: one that is still open is not a row yet. */
function inOrder(page: readonly KlineEvent[], from: number, to: number): KlineEvent[] {
  let next = from;
  return page.filter(({ closed, record: { openTime } }) => {
    if (!closed || openTime < next || openTime > to) return false;
    next = openTime + 1;
    return true;
  });
}

/** At least as many rows as bars can open in the span. */
function rowsBetween(from: number, to: number, interval: Interval): number {
  return Math.floor((to - from) / (INTERVAL_MS[interval] ?? SHORTEST_MONTH_MS)) + 2;
}

function idOf(event: MarketEvent): number | undefined {
  switch (event.type) {
    case 'aggTrade':
      return event.record.aggTradeId;
    case 'trade':
      return event.record.id;
    case 'spentTrade':
      return event.id;
    default:
      return undefined;
  }
}
