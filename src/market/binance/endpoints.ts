import type { Market } from '../../model/market.ts';

/** Where a market is reached. Without a final slash. */
export interface Endpoints {
  /** `https://api.binance.com`; the paths of the exchange follow (`/api/v3/…`, `/fapi/v1/…`, `/dapi/v1/…`). */
  readonly rest: string;
  /** `wss://stream.binance.com:9443`; the paths of the exchange follow (`/stream`, on USD-M `/public/stream` and `/market/stream`). */
  readonly socket: string;
}

/** Source: the exchange's documentation, 2026-07. */
const EXCHANGE: Readonly<Record<Market, Endpoints>> = {
  spot: { rest: 'https://api.binance.com', socket: 'wss://stream.binance.com:9443' },
  um: { rest: 'https://fapi.binance.com', socket: 'wss://fstream.binance.com' },
  cm: { rest: 'https://dapi.binance.com', socket: 'wss://dstream.binance.com' },
};

/**
 * The exchange's own endpoints, or one server that speaks its dialect for both. `endpoint`: an http(s) URL, with the paths
 * of the exchange below it.
 */
export function endpointsOf(market: Market, endpoint?: string): Endpoints {
  if (endpoint === undefined) return EXCHANGE[market];
  const rest = endpoint.replace(/\/+$/, '');
  return { rest, socket: rest.replace(/^http/, 'ws') };
}
