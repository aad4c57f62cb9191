import { DAY_MS, INTERVAL_MS, type Interval, type Market } from '../../../model/market.ts';

/** Calls of the exchange, as Aegis needs them. */
export interface RestApi {
  /** Before the name of each call. */
  readonly prefix: string;
  /** Weight that one IP address may use in a minute, by all processes together. */
  readonly weightPerMinute: number;
  /** Most rows of one answer. */
  readonly rows: {
    readonly aggTrades: number;
    readonly trades: number;
    readonly recentTrades: number;
    readonly klines: number;
    readonly depth: number;
  };
  /** Longest span of open times in one request for candles, ms; undefined: any. */
  readonly klinesSpanMs?: number;
  readonly weight: RestWeights;
}

/** `limit`: rows asked for. Where the exchange's pages disagree, the higher number. */
interface RestWeights {
  readonly aggTrades: number;
  readonly trades: number;
  readonly recentTrades: number;
  readonly symbols: number;
  readonly time: number;
  klines(limit: number): number;
  depth(limit: number): number;
}

/** Candles: 1000, of which one tells whether the one before is closed. */
const ROWS = { aggTrades: 1000, recentTrades: 1000, klines: 999 } as const;
/** The longest month. */
const LONGEST_BAR_MS = 31 * DAY_MS;

const FUTURES: Omit<RestApi, 'prefix'> = {
  weightPerMinute: 2400,
  rows: { ...ROWS, trades: 500, depth: 1000 },
  weight: {
    aggTrades: 20,
    trades: 20,
    recentTrades: 5,
    symbols: 1,
    time: 1,
    klines: (limit) => step(limit, [99, 1], [499, 2], [1000, 5]) ?? 10,
    depth: (limit) => step(limit, [50, 2], [100, 5], [500, 10]) ?? 20,
  },
};

/** Source: the exchange's documentation of the REST market data, 2026-07. */
export const REST_APIS: Readonly<Record<Market, RestApi>> = {
  spot: {
    prefix: '/api/v3',
    weightPerMinute: 6000,
    rows: { ...ROWS, trades: 1000, depth: 5000 },
    weight: {
      aggTrades: 4,
      trades: 25,
      recentTrades: 25,
      symbols: 20,
      time: 1,
      klines: () => 2,
      depth: (limit) => step(limit, [100, 5], [500, 25], [1000, 50]) ?? 250,
    },
  },
  um: { prefix: '/fapi/v1', ...FUTURES },
  // "Maximum time interval is 200 days" (code -4088), with the bar that tells whether the last one is closed.
  cm: { prefix: '/dapi/v1', ...FUTURES, klinesSpanMs: 200 * DAY_MS - LONGEST_BAR_MS },
};

/** Within so long after a bar opened, the next one opens. */
export function longestBarMs(interval: Interval): number {
  return INTERVAL_MS[interval] ?? LONGEST_BAR_MS;
}

function step(limit: number, ...steps: readonly (readonly [upTo: number, weight: number])[]): number | undefined {
  return steps.find(([upTo]) => limit <= upTo)?.[1];
}
