import type { MarketRest } from '../../market/binance/rest/market-rest.ts';
import type { MarketEvent } from '../../market/binance/stream/market-event.ts';
import { INTERVAL_MS, isInterval, type Market } from '../../model/market.ts';
import { parseTopic } from '../../model/topic.ts';

/** `after`: id, or open time in unix ms, of the last row that was delivered. `from`: unix ms, included. */
export type Since = { readonly type: 'after'; readonly key: number } | { readonly type: 'from'; readonly time: number };

export interface PastOptions {
  readonly rest: MarketRest;
  readonly market: Market;
  readonly topic: string;
  readonly since: Since;
  /** Unix ms of the exchange's clock: what happened later is left to the live stream, however fast it goes on. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** What happened to a topic since: pages in order, until one is not full, or is past `until`. */
export async function* pastPages(options: PastOptions): AsyncGenerator<readonly MarketEvent[]> {
  const { rest, topic, since, signal } = options;
  const { type, symbol, detail } = parseTopic(topic);
  if (type === 'klines') {
    yield* klinesSince(rest, symbol, detail ?? '', since, signal);
  } else if (type === 'trades' || type === 'aggTrades') {
    const first = since.type === 'after' ? since.key + 1 : await firstIdAt(rest, type, symbol, since.time);
    if (first !== undefined) yield* idsFrom(options, type, symbol, first);
  }
}

async function* klinesSince(rest: MarketRest, symbol: string, interval: string, since: Since, signal: AbortSignal) {
  if (!isInterval(interval)) return;
  const length = INTERVAL_MS[interval] ?? 1;
  const limit = rest.api.rows.klines;
  // A bar is delivered when it closes: what closes at `time` or later opened one length before.
  let startTime = since.type === 'after' ? since.key + 1 : since.time - length + 1;
  while (!signal.aborted) {
    const page = await rest.klines({ symbol, interval, startTime, limit, signal });
    yield page;
    const last = page.at(-1);
    if (page.length < limit || last === undefined) return;
    startTime = last.record.openTime + 1;
  }
}

async function* idsFrom(
  { rest, until, signal }: PastOptions,
  type: 'trades' | 'aggTrades',
  symbol: string,
  first: number,
) {
  const limit = rest.api.rows[type];
  let fromId = first;
  while (!signal.aborted) {
    const page = await rest[type]({ symbol, fromId, limit, signal });
    yield page;
    if (page.length < limit || page.some((event) => timeOf(event) >= until)) return;
    fromId = 1 + page.reduce((last, event) => Math.max(last, idOf(event)), fromId);
  }
}

/** Trades cannot be asked for by time, but the aggregate that begins then names its first trade. */
async function firstIdAt(rest: MarketRest, type: 'trades' | 'aggTrades', symbol: string, time: number) {
  const [event] = await rest.aggTradesAt({ symbol, startTime: time, limit: 1 });
  if (event?.type !== 'aggTrade') return undefined;
  return type === 'aggTrades' ? event.record.aggTradeId : event.record.firstTradeId;
}

function timeOf(event: MarketEvent): number {
  return event.type === 'trade' || event.type === 'aggTrade' ? event.timeUs / 1_000 : 0;
}

function idOf(event: MarketEvent): number {
  if (event.type === 'aggTrade') return event.record.aggTradeId;
  if (event.type === 'trade') return event.record.id;
  return event.type === 'spentTrade' ? event.id : 0;
}
