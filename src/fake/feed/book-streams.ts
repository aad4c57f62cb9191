import type { Market } from '../../model/market.ts';

/** A stream of order book frames. */
export interface BookStream {
  readonly name: string;
  /** Time between two frames, ms of market time. */
  readonly everyMs: number;
  /** Whole tops of so many levels in place of changes. */
  readonly levels?: number;
}

type Cadences = readonly (readonly [suffix: string, everyMs: number])[];

const FUTURES: Cadences = [
  ['', 250],
  ['@500ms', 500],
  ['@100ms', 100],
  ['@0ms', 20],
];

/** Suffixes and their cadences. Source: the exchange's documentation; `@0ms` is not documented, and served. */
const CADENCES: Readonly<Record<Market, Cadences>> = {
  spot: [
    ['', 1_000],
    ['@100ms', 100],
  ],
  um: FUTURES,
  cm: FUTURES,
};

const TOPS = [5, 10, 20] as const;

/** All book streams of a symbol. */
export function bookStreams(market: Market, symbol: string): BookStream[] {
  const base = `${symbol.toLowerCase()}@depth`;
  return CADENCES[market].flatMap(([suffix, everyMs]) => [
    { name: `${base}${suffix}`, everyMs },
    ...TOPS.map((levels) => ({ name: `${base}${levels}${suffix}`, everyMs, levels })),
  ]);
}
