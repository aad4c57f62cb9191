import { renderAggTrade } from '../record/agg-trade.ts';
import { renderTrade } from '../record/trade.ts';
import type { MarketEvent } from '../stream/market-event.ts';
import type { MarketRow } from './topic-series.ts';

/** The data types whose events carry ids that grow by one. */
export type IdType = 'trades' | 'aggTrades';

/** The id that an event has in such a series; undefined when it does not belong there. */
export function idOf(event: MarketEvent, type: IdType): number | undefined {
  switch (event.type) {
    case 'aggTrade':
      return type === 'aggTrades' ? event.record.aggTradeId : undefined;
    case 'trade':
      return type === 'trades' ? event.record.id : undefined;
    case 'spentTrade':
      return type === 'trades' ? event.id : undefined;
    default:
      return undefined;
  }
}

/** Its row; undefined when there is none: the id is spent. */
export function rowOf(event: MarketEvent, topic: string): MarketRow | undefined {
  if (event.type === 'aggTrade') {
    const { timeUs, record } = event;
    return { topic, ts: record.transactTime, timeUs, json: renderAggTrade(record) };
  }
  if (event.type !== 'trade') return undefined;
  const { timeUs, record } = event;
  return { topic, ts: record.time, timeUs, json: renderTrade(record) };
}
