import type { Market } from '../../model/market.ts';
import type { Level } from '../book/book-change.ts';
import type { Payloads } from '../frames/payloads.ts';

export interface DepthBody {
  readonly market: Market;
  readonly symbol: string;
  readonly payloads: Payloads;
  readonly lastId: number;
  /** Unix ms. */
  readonly time: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** The answer to `depth`. */
export function depthBody({ market, symbol, payloads, lastId, time, bids, asks }: DepthBody): string {
  const levels = `"bids":${payloads.levels(bids)},"asks":${payloads.levels(asks)}`;
  if (market === 'spot') return `{"lastUpdateId":${lastId},${levels}}`;
  const contract = market === 'cm' ? `,"symbol":"${symbol}","pair":"${symbol.split('_')[0] ?? symbol}"` : '';
  return `{"lastUpdateId":${lastId},"E":${time},"T":${time}${contract},${levels}}`;
}
