/** Markets, data types and kline intervals of Binance, with the names Aegis uses for them everywhere. */

/** `um`: USD-M futures, `cm`: COIN-M futures. The names of the Binance Vision folders. */
export const MARKETS = ['spot', 'um', 'cm'] as const;
export type Market = (typeof MARKETS)[number];

/** What people type: `--market spot|futures|coin-m`. */
export const MARKET_NAMES = { spot: 'spot', futures: 'um', 'coin-m': 'cm' } as const satisfies Record<string, Market>;
export type MarketName = keyof typeof MARKET_NAMES;

export type Mode = 'historical' | 'realtime';

/** In the order in which rows of one instant are delivered: what happened before what it sums up. */
export const DATA_TYPES = ['trades', 'aggTrades', 'klines', 'bookDepth', 'metrics'] as const;
export type DataType = (typeof DATA_TYPES)[number];

export const REALTIME_ONLY_TYPES = ['orderBook', 'klineUpdates'] as const;

/** What happens to the streams of a symbol, for components that ask for it; no rows in historical sessions. */
export const STATUS_TYPE = 'status';

export const HISTORICAL_ONLY_TYPES = ['bookDepth', 'metrics'] as const;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY_MS = 24 * HOUR;

/** Length in ms; `1mo` has none: a month is a calendar month. `1s` exists on spot only. */
export const INTERVAL_MS = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
  '1mo': undefined,
} as const;
export type Interval = keyof typeof INTERVAL_MS;
export const INTERVALS = Object.keys(INTERVAL_MS) as readonly Interval[];

export function isMarket(text: string): text is Market {
  return (MARKETS as readonly string[]).includes(text);
}

export function isDataType(text: string): text is DataType {
  return (DATA_TYPES as readonly string[]).includes(text);
}

export function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVAL_MS, text);
}
