import { DAY_MS, INTERVAL_MS, type Interval, type Market } from '../../../model/market.ts';
import { barEnd } from '../archive/kline-series.ts';
import type { DayTrades } from './day-trades.ts';
import { quoteOf } from './profile.ts';

/** A candle in units of its market's scales. Times in unix ms; `end` is not included. */
export interface Candle {
  readonly openTime: number;
  readonly end: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quote: bigint;
  count: number;
  takerVolume: number;
  takerQuote: bigint;
}

/** Candles of one day from its trades, at most a day long. A candle without trades repeats the close before it. */
export function candlesOf(trades: DayTrades, market: Market, interval: Interval): Candle[] {
  const length = INTERVAL_MS[interval] ?? DAY_MS;
  const candles: Candle[] = [];
  let next = 0;
  let close = trades.open;
  for (let openTime = trades.day; openTime < trades.day + DAY_MS; openTime += length) {
    const candle = emptyCandle(openTime, openTime + length, close);
    const end = candle.end * 1000;
    let first = true;
    for (; next < trades.time.length && (trades.time[next] ?? end) < end; next++) {
      const price = trades.price[next] ?? close;
      addTrade(candle, { price, first, qty: trades.qty[next] ?? 0, taker: trades.buyerMaker[next] === 0, market });
      first = false;
    }
    close = candle.close;
    candles.push(candle);
  }
  return candles;
}

interface CandleTrade {
  readonly price: number;
  readonly qty: number;
  /** True when the taker bought. */
  readonly taker: boolean;
  readonly first: boolean;
  readonly market: Market;
}

function emptyCandle(openTime: number, end: number, price: number): Candle {
  const prices = { open: price, high: price, low: price, close: price };
  return { openTime, end, ...prices, volume: 0, quote: 0n, count: 0, takerVolume: 0, takerQuote: 0n };
}

function addTrade(candle: Candle, { price, qty, taker, first, market }: CandleTrade): void {
  if (first) {
    candle.open = price;
    candle.high = price;
    candle.low = price;
  }
  const quote = quoteOf(market, price, qty);
  candle.high = Math.max(candle.high, price);
  candle.low = Math.min(candle.low, price);
  candle.close = price;
  candle.volume += qty;
  candle.quote += quote;
  candle.count++;
  if (!taker) return;
  candle.takerVolume += qty;
  candle.takerQuote += quote;
}

/** Joins candles that follow each other into the one that opens at `openTime`. */
export function joinCandles(openTime: number, interval: Interval, parts: readonly Candle[]): Candle | undefined {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    openTime,
    end: barEnd(openTime, interval),
    open: first.open,
    close: last.close,
    high: Math.max(...parts.map((part) => part.high)),
    low: Math.min(...parts.map((part) => part.low)),
    volume: parts.reduce((sum, part) => sum + part.volume, 0),
    quote: parts.reduce((sum, part) => sum + part.quote, 0n),
    count: parts.reduce((sum, part) => sum + part.count, 0),
    takerVolume: parts.reduce((sum, part) => sum + part.takerVolume, 0),
    takerQuote: parts.reduce((sum, part) => sum + part.takerQuote, 0n),
  };
}
