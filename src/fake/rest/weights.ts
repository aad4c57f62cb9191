import type { Market } from '../../model/market.ts';
import type { Query } from './query.ts';

type Steps = readonly (readonly [upTo: number, weight: number])[];

/** Weight of a call that depends on its limit. Source: the exchange's documentation; klines of futures unsure. */
const SPOT_DEPTH: Steps = [
  [100, 5],
  [500, 25],
  [1_000, 50],
  [5_000, 250],
];
const FUTURES_DEPTH: Steps = [
  [50, 2],
  [100, 5],
  [500, 10],
  [1_000, 20],
];
const FUTURES_KLINES: Steps = [
  [99, 1],
  [499, 2],
  [1_000, 5],
  [1_500, 10],
];
const SPOT: Readonly<Record<string, number>> = {
  klines: 2,
  aggTrades: 4,
  historicalTrades: 25,
  trades: 25,
  exchangeInfo: 20,
};
const FUTURES: Readonly<Record<string, number>> = { aggTrades: 20, historicalTrades: 20, trades: 5 };

/** What a call costs. */
export function weightOf(market: Market, name: string, query: Query): number {
  if (name === 'depth')
    return stepped(market === 'spot' ? SPOT_DEPTH : FUTURES_DEPTH, limitOf(query, market === 'spot' ? 100 : 500));
  if (name === 'klines' && market !== 'spot') return stepped(FUTURES_KLINES, limitOf(query, 500));
  return (market === 'spot' ? SPOT : FUTURES)[name] ?? 1;
}

function stepped(steps: Steps, limit: number): number {
  return (steps.find(([upTo]) => limit <= upTo) ?? steps.at(-1))?.[1] ?? 1;
}

/** A limit that cannot be read costs as the standard one: the call refuses it afterwards. */
function limitOf(query: Query, standard: number): number {
  try {
    return query.int('limit') ?? standard;
  } catch {
    return standard;
  }
}
