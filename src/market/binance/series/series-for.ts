import { isInterval, type Market } from '../../../model/market.ts';
import { parseTopic } from '../../../model/topic.ts';
import { BookSeries, type BookSpeed } from '../book/book-series.ts';
import { IdSeries } from './id-series.ts';
import { KlineSeries } from './kline-series.ts';
import { KlineUpdateSeries } from './kline-update-series.ts';
import type { SeriesPort, TopicSeries } from './topic-series.ts';

const SPEEDS: ReadonlyMap<string, BookSpeed> = new Map([
  ['100ms', 100],
  ['250ms', 250],
  ['500ms', 500],
]);

/** The series of a short topic; undefined when no event of the exchange makes rows of it, e.g. `status.BTCUSDT`. */
export function seriesFor(topic: string, market: Market, port: SeriesPort): TopicSeries | undefined {
  const { type, symbol, detail = '' } = parseTopic(topic);
  switch (type) {
    case 'trades':
    case 'aggTrades':
      return new IdSeries({ topic, type, symbol, port });
    case 'klines':
      return isInterval(detail) ? new KlineSeries({ topic, symbol, interval: detail, port }) : undefined;
    case 'klineUpdates':
      return isInterval(detail) ? new KlineUpdateSeries({ topic, interval: detail, port }) : undefined;
    case 'orderBook': {
      const speed = SPEEDS.get(detail);
      return speed === undefined ? undefined : new BookSeries({ topic, symbol, market, speed, port });
    }
    default:
      return undefined;
  }
}
