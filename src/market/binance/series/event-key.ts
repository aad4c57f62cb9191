import { parseTopic } from '../../../model/topic.ts';
import type { MarketEvent } from '../stream/market-event.ts';

/** Keys by which events find the topics that take them: an event has one, a topic as many as it takes kinds of events. */
export function keyOf(event: MarketEvent): string {
  switch (event.type) {
    case 'kline':
      return `kline.${event.symbol}.${event.interval}`;
    case 'spentTrade':
      return `trade.${event.symbol}`;
    default:
      return `${event.type}.${event.symbol}`;
  }
}

/** Empty for a topic that takes none, e.g. of type `status`. */
export function eventKeys(topic: string): string[] {
  const { type, symbol, detail } = parseTopic(topic);
  switch (type) {
    case 'trades':
      return [`trade.${symbol}`];
    case 'aggTrades':
      return [`aggTrade.${symbol}`];
    case 'klines':
    case 'klineUpdates':
      return [`kline.${symbol}.${detail}`];
    case 'orderBook':
      return [`depth.${symbol}`];
    default:
      return [];
  }
}
