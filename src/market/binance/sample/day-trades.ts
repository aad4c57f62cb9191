import { DAY_MS, type Market } from '../../../model/market.ts';
import { PROFILES } from './profile.ts';
import { normal, type Random, randomFor } from './random.ts';

/** The trades of one symbol and day, column-wise. */
export interface DayTrades {
  /** Start of the day, unix ms. */
  readonly day: number;
  readonly firstTradeId: number;
  readonly firstAggId: number;
  /** Unix µs, never going back. */
  readonly time: Float64Array;
  /** Hundredths. */
  readonly price: Float64Array;
  /** Units of the market's quantity scale. */
  readonly qty: Float64Array;
  readonly buyerMaker: Uint8Array;
  /** Which aggregate of the day a trade belongs to, from 0. */
  readonly agg: Int32Array;
  /** Price before the first trade, hundredths. */
  readonly open: number;
}

export interface DayTradesOptions {
  readonly market: Market;
  readonly symbol: string;
  /** Start of the day, unix ms. */
  readonly day: number;
  readonly tradesPerDay: number;
  readonly seed: number;
}

/** Ids count from here, so that days made one by one continue each other. */
const EPOCH = Date.UTC(2017, 0, 1);
/** Share of trades that begin a new aggregate; the others fill the same order. */
const AGG_SHARE = 0.6;
/** Share of aggregates at the very time of the one before: orders that sweep several prices. */
const TIE_SHARE = 0.3;
/** Daily and intraday movement, relative to the price. */
const DAILY = 0.02;
const INTRADAY = 0.01;

/** The same options give the same trades, whatever other days are made. */
export function dayTrades({ market, symbol, day, tradesPerDay, seed }: DayTradesOptions): DayTrades {
  const name = `${seed}/${market}/${symbol}`;
  const random = randomFor(`${name}/${day}`);
  const aggs = Math.max(1, Math.floor(tradesPerDay * AGG_SHARE));
  const index = (day - EPOCH) / DAY_MS;
  const open = openingPrice(name, day);
  const times = aggregateTimes(random, day, aggs, isMicros(market, day));
  const prices = walk(random, open, openingPrice(name, day + DAY_MS), aggs);
  const agg = fillsOf(random, tradesPerDay, aggs);
  const unit = 10 ** PROFILES[market].qtyScale;
  const sides = Uint8Array.from({ length: aggs }, (_, i) => Number((prices[i] ?? 0) < (prices[i - 1] ?? open)));
  return {
    day,
    firstTradeId: index * tradesPerDay + 1,
    firstAggId: index * aggs + 1,
    time: Float64Array.from(agg, (i) => times[i] ?? 0),
    price: Float64Array.from(agg, (i) => prices[i] ?? 0),
    qty: Float64Array.from(agg, () => 1 + Math.floor(random() ** 4 * 2 * unit)),
    buyerMaker: Uint8Array.from(agg, (i) => sides[i] ?? 0),
    agg,
    open,
  };
}

/** Spot archives are in microseconds from 2025 on. */
export function isMicros(market: Market, day: number): boolean {
  return market === 'spot' && day >= Date.UTC(2025, 0, 1);
}

/** Hundredths; at least 10.00. */
function openingPrice(name: string, day: number): number {
  const base = 10_00 + Math.floor(randomFor(name)() ** 3 * 90_000_00);
  return Math.round(base * (1 + DAILY * normal(randomFor(`${name}/${day}/open`))));
}

function aggregateTimes(random: Random, day: number, count: number, micros: boolean): Float64Array {
  const times = Float64Array.from({ length: count }, () => Math.floor(random() * DAY_MS * 1000)).sort();
  for (let i = 0; i < count; i++) {
    const tie = i > 0 && random() < TIE_SHARE;
    const within = tie ? (times[i - 1] ?? 0) - day * 1000 : (times[i] ?? 0);
    times[i] = day * 1000 + (micros ? within : Math.floor(within / 1000) * 1000);
  }
  return times;
}

/** A random walk from one price to another, in hundredths. */
function walk(random: Random, from: number, to: number, count: number): Float64Array {
  const step = (from * INTRADAY) / Math.sqrt(count);
  const free = new Float64Array(count);
  let level = 0;
  for (let i = 0; i < count; i++) free[i] = level += step * (2 * random() - 1) * Math.sqrt(3);
  return free.map((value, i) => Math.max(1, Math.round(from + value + ((to - from - level) * (i + 1)) / count)));
}

/** Aggregate index of each trade: every aggregate has at least one. */
function fillsOf(random: Random, trades: number, aggs: number): Int32Array {
  const agg = new Int32Array(trades);
  for (let i = 0; i < trades; i++) agg[i] = i < aggs ? i : Math.floor(random() * aggs);
  return agg.sort();
}
