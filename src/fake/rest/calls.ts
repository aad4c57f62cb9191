import { DAY_MS, type Market } from '../../model/market.ts';
import type { FakeSymbol } from '../fake-symbol.ts';
import type { TimeUnit } from '../frames/frame.ts';
import { apiInterval, barOpen, nextBar, previousBar } from '../market/bars.ts';
import { candlesBetween } from '../market/candles.ts';
import { page } from './page.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import { Rows } from './rows.ts';

export interface Call {
  readonly market: Market;
  readonly symbol: FakeSymbol;
  readonly query: Query;
  readonly unit: TimeUnit;
  /** Unix µs: later trades have not happened. */
  readonly nowUs: number;
}

const HOUR_US = 3_600_000_000;
/** Of futures aggregates; older ones are in the archives. */
const AGG_HISTORY_US = 2 * DAY_MS * 1_000;
const LARGEST_KLINES = { spot: 1_000, um: 1_500, cm: 1_500 } as const;
const LARGEST_HISTORICAL = { spot: 1_000, um: 500, cm: 500 } as const;
const LONGEST_KLINES_CM_US = 200 * DAY_MS * 1_000;

export function aggTrades({ market, symbol, query, unit, nowUs }: Call): string {
  const { trades } = symbol;
  const fromId = query.int('fromId');
  const [start, end] = [query.time('startTime'), query.time('endTime')];
  const limit = query.limit(500, 1_000);
  if (start !== undefined && end !== undefined && end - start > HOUR_US) {
    throw new Refusal(-1127, 'More than 1 hours between startTime and endTime.');
  }
  if (market !== 'spot') {
    if (fromId !== undefined && (start ?? end) !== undefined) {
      throw new Refusal(-1128, 'Combination of optional parameters invalid.');
    }
    const oldest = nowUs - AGG_HISTORY_US;
    if ((start ?? end ?? oldest) < oldest || (fromId !== undefined && fromId < trades.aggIdAt(oldest))) {
      throw new Refusal(-4166, 'Search window is restricted to recent 2 days only.');
    }
  }
  const now = trades.aggIdAt(nowUs + 1);
  const from = Math.max(trades.firstAggId, fromId ?? (start === undefined ? 0 : trades.aggIdAt(start)));
  const to = fromId === undefined && end !== undefined ? Math.min(now, trades.aggIdAt(end + 1)) : now;
  const rows = new Rows(trades, unit);
  const found = page({ from, to, limit, forward: (fromId ?? start) !== undefined }, (id) => trades.aggregate(id));
  return list(found.map((row) => rows.aggTrade(row)));
}

export function recentTrades({ symbol, query, unit, nowUs }: Call): string {
  const { trades } = symbol;
  const limit = query.limit(500, 1_000);
  const rows = new Rows(trades, unit);
  const bounds = { from: trades.firstTradeId, to: trades.tradeIdAt(nowUs + 1), limit, forward: false };
  return list(page(bounds, (id) => trades.trade(id)).map((row) => rows.trade(row)));
}

export function historicalTrades({ market, symbol, query, unit, nowUs }: Call): string {
  const { trades } = symbol;
  const fromId = query.int('fromId');
  const largest = LARGEST_HISTORICAL[market];
  const limit = query.limit(Math.min(500, largest), largest);
  const rows = new Rows(trades, unit);
  const from = Math.max(trades.firstTradeId, fromId ?? 0);
  const bounds = { from, to: trades.tradeIdAt(nowUs + 1), limit, forward: fromId !== undefined };
  return list(page(bounds, (id) => trades.trade(id)).map((row) => rows.trade(row)));
}

export async function klines({ market, symbol, query, unit, nowUs }: Call): Promise<string> {
  const interval = apiInterval(query.text('interval'));
  if (interval === undefined || (interval === '1s' && market !== 'spot')) throw new Refusal(-1120, 'Invalid interval.');
  const [start, end] = [query.time('startTime'), query.time('endTime')];
  const limit = query.limit(500, LARGEST_KLINES[market]);
  if (market === 'cm' && start !== undefined && end !== undefined && end - start > LONGEST_KLINES_CM_US) {
    throw new Refusal(-4088, 'Maximum time interval is 200 days.');
  }
  const ms = (us: number): number => Math.floor(us / 1_000);
  const listed = barOpen(symbol.listed, interval);
  const last = barOpen(ms(Math.min(end ?? nowUs, nowUs)), interval);
  let from = last;
  if (start === undefined) {
    for (let bars = 1; bars < limit && from > listed; bars++) from = previousBar(from, interval);
  } else {
    const open = barOpen(ms(start), interval);
    from = Math.max(listed, open < ms(start) ? nextBar(open, interval) : open);
  }
  let to = from;
  for (let bars = 0; bars < limit && to <= last; bars++) to = nextBar(to, interval);
  const rows = new Rows(symbol.trades, unit);
  const bars = await candlesBetween(symbol.trades, interval, { from, to, nowUs: nowUs + 1 });
  return list(bars.map((bar) => rows.kline(bar)));
}

const FUTURES_LIMITS: readonly number[] = [5, 10, 20, 50, 100, 500, 1_000];

export function depth({ market, symbol, query }: Call): string {
  const limit = query.limit(market === 'spot' ? 100 : 500, market === 'spot' ? 5_000 : 1_000);
  if (market !== 'spot' && !FUTURES_LIMITS.includes(query.int('limit') ?? limit)) {
    throw new Refusal(-4021, `${limit} is not valid depth limit.`);
  }
  const body = symbol.depth(limit);
  if (body === undefined) throw new Refusal(-1000, 'The recording has not come to a snapshot of the book.', 503);
  return body;
}

function list(rows: readonly string[]): string {
  return `[${rows.join(',')}]`;
}
