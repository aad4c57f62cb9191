import { isInterval, type Market } from '../../../model/market.ts';
import { parseTopic } from '../../../model/topic.ts';
import { IdSeries } from './id-series.ts';
import { KlineSeries } from './kline-series.ts';
import { KlineUpdateSeries } from './kline-update-series.ts';
import type { SeriesPort, TopicSeries } from './topic-series.ts';

/** The series of a short topic; undefined when no event of the exchange makes rows of it, e.g. `status.BTCUSDT`. */
export function seriesFor(topic: string, _market: Market, port: SeriesPort): TopicSeries | undefined {
  const { type, symbol, detail = '' } = parseTopic(topic);
  switch (type) {
    case 'trades':
    case 'aggTrades':
      return new IdSeries({ topic, type, symbol, port });
    case 'klines':
      return isInterval(detail) ? new KlineSeries({ topic, symbol, interval: detail, port }) : undefined;
    case 'klineUpdates':
      return isInterval(detail) ? new KlineUpdateSeries({ topic, interval: detail, port }) : undefined;
    default:
      return undefined;
  }
}
