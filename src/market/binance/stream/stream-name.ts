import { type Interval, isInterval, type Market } from '../../../model/market.ts';
import { parseTopic } from '../../../model/topic.ts';

/** Below the host; USD-M serves each kind of stream on one of two paths only, and is silent on the other. */
export type StreamPath = '' | '/public' | '/market';

export interface ExchangeStream {
  /** `btcusdt@aggTrade`, not encoded for a URL. */
  readonly name: string;
  readonly path: StreamPath;
}

type StreamKind = 'trade' | 'aggTrade' | 'kline' | 'depth';

/** Source: the exchange's notice on split endpoints, 2026-04; of `trade`, which no page names, measurements of 2026-07. */
const UM_PATHS: Readonly<Record<StreamKind, StreamPath>> = {
  trade: '/public',
  depth: '/public',
  aggTrade: '/market',
  kline: '/market',
};

/** Spot has changes every 100 ms or every second: slower books are thinned from the first. */
const SPOT_DEPTH: ReadonlyMap<string, string> = new Map([
  ['100ms', 'depth@100ms'],
  ['250ms', 'depth@100ms'],
  ['500ms', 'depth@100ms'],
]);

/** 250 ms is what futures send without a number. */
const FUTURES_DEPTH: ReadonlyMap<string, string> = new Map([
  ['100ms', 'depth@100ms'],
  ['250ms', 'depth'],
  ['500ms', 'depth@500ms'],
]);

/**
 * The exchange's stream for a short topic; undefined when there is none: `status`, historical types, an interval or speed
 * that the market does not have. Several topics may share one stream (`klines` and `klineUpdates`).
 */
export function streamOf(market: Market, topic: string): ExchangeStream | undefined {
  const { type, symbol, detail } = parseTopic(topic);
  const channel = channelOf(market, type, detail);
  if (channel === undefined || symbol === '') return undefined;
  return {
    name: `${symbol.toLowerCase()}@${channel.name}`,
    path: market === 'um' ? UM_PATHS[channel.kind] : '',
  };
}

interface Channel {
  readonly kind: StreamKind;
  readonly name: string;
}

function channelOf(market: Market, type: string, detail: string | undefined): Channel | undefined {
  switch (type) {
    case 'trades':
      return detail === undefined ? { kind: 'trade', name: 'trade' } : undefined;
    case 'aggTrades':
      return detail === undefined ? { kind: 'aggTrade', name: 'aggTrade' } : undefined;
    case 'klines':
    case 'klineUpdates':
      if (detail === undefined || !isInterval(detail) || !hasInterval(market, detail)) return undefined;
      return { kind: 'kline', name: `kline_${exchangeInterval(detail)}` };
    case 'orderBook': {
      const name = (market === 'spot' ? SPOT_DEPTH : FUTURES_DEPTH).get(detail ?? '');
      return name === undefined ? undefined : { kind: 'depth', name };
    }
    default:
      return undefined;
  }
}

/** Whether a market has candles of an interval: `1s` exists on spot only. */
export function hasInterval(market: Market, interval: Interval): boolean {
  return interval !== '1s' || market === 'spot';
}

/** Streams and REST write a month as `1M`, archives and topics as `1mo`. */
export function exchangeInterval(interval: Interval): string {
  return interval === '1mo' ? '1M' : interval;
}

/** The reverse of {@link exchangeInterval}; undefined for one that Aegis does not know. */
export function intervalOf(exchange: string): Interval | undefined {
  if (exchange === '1M') return '1mo';
  return isInterval(exchange) && exchange !== '1mo' ? exchange : undefined;
}
