import type { Interval } from '../../../model/market.ts';

interface Call {
  readonly symbol: string;
  readonly signal?: AbortSignal;
}

export interface ByIdCall extends Call {
  /** The first id that is wanted. */
  readonly fromId: number;
  /** Most rows; default and maximum: what the exchange allows. */
  readonly limit?: number;
}

export interface ByTimeCall extends Call {
  /** Unix ms. */
  readonly startTime: number;
  readonly limit?: number;
}

export interface KlinesCall extends Call {
  readonly interval: Interval;
  /** Open times, both included; unix ms. */
  readonly startTime: number;
  readonly endTime?: number;
  readonly limit?: number;
}

export interface DepthCall extends Call {
  /** Levels per side; default: the most that the exchange gives. */
  readonly limit?: number;
}

export interface ExchangeSymbol {
  readonly symbol: string;
  /** As the exchange writes it: `TRADING`, `SETTLING`, … */
  readonly status: string;
}
