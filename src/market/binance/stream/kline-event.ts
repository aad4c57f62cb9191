import type { Interval } from '../../../model/market.ts';
import { amountOf, boolOf, countOf, type Fields, fieldsOf, listOf, Malformed, textOf, timeMsOf } from './fields.ts';
import type { KlineEvent } from './market-event.ts';
import { intervalOf } from './stream-name.ts';

/** Throws Malformed, like all functions here. */
export function klineOfFrame(symbol: string, data: Fields): KlineEvent {
  const bar = fieldsOf(data.k, 'k');
  const name = textOf(bar.i, 'k.i');
  const interval = intervalOf(name);
  if (interval === undefined) throw new Malformed(`k.i is "${name.slice(0, 20)}", not an interval`);
  return {
    type: 'kline',
    symbol,
    interval,
    closed: boolOf(bar.x, 'k.x'),
    eventTime: timeMsOf(data.E, 'E'),
    record: {
      openTime: timeMsOf(bar.t, 'k.t'),
      open: amountOf(bar.o, 'k.o'),
      high: amountOf(bar.h, 'k.h'),
      low: amountOf(bar.l, 'k.l'),
      close: amountOf(bar.c, 'k.c'),
      volume: amountOf(bar.v, 'k.v'),
      closeTime: timeMsOf(bar.T, 'k.T'),
      quoteVolume: amountOf(bar.q, 'k.q'),
      count: countOf(bar.n, 'k.n'),
      takerBuyVolume: amountOf(bar.V, 'k.V'),
      takerBuyQuoteVolume: amountOf(bar.Q, 'k.Q'),
    },
  };
}

export interface RestKline {
  readonly symbol: string;
  readonly interval: Interval;
  /** A REST row does not tell. */
  readonly closed: boolean;
}

/** Of a REST row, whose columns are those of the archives. */
export function klineOfRest({ symbol, interval, closed }: RestKline, value: unknown): KlineEvent {
  const row = listOf(value, 'the bar');
  const closeTime = timeMsOf(row[6], 'close time');
  return {
    type: 'kline',
    symbol,
    interval,
    closed,
    eventTime: closeTime,
    record: {
      openTime: timeMsOf(row[0], 'open time'),
      open: amountOf(row[1], 'open'),
      high: amountOf(row[2], 'high'),
      low: amountOf(row[3], 'low'),
      close: amountOf(row[4], 'close'),
      volume: amountOf(row[5], 'volume'),
      closeTime,
      quoteVolume: amountOf(row[7], 'quote volume'),
      count: countOf(row[8], 'count'),
      takerBuyVolume: amountOf(row[9], 'taker buy volume'),
      takerBuyQuoteVolume: amountOf(row[10], 'taker buy quote volume'),
    },
  };
}
