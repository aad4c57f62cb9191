import type { Market } from '../model/market.ts';
import { parseTopic } from '../model/topic.ts';
import type { TapeKey } from './manifest.ts';

export const TAPE_SUFFIX = '.arrow';

/** Folder of a topic's tapes, relative to the tape folder. */
export function topicFolder(market: Market, topic: string): string {
  const { type, symbol, detail } = parseTopic(topic);
  return detail === undefined ? `${market}/${type}/${symbol}` : `${market}/${type}/${symbol}/${detail}`;
}

/** Path of a tape, relative to the tape folder: `spot/klines/BTCUSDT/1m/2024-01-01.arrow`. */
export function tapePath({ market, type, symbol, interval, period }: TapeKey): string {
  const folder = interval === undefined ? `${market}/${type}/${symbol}` : `${market}/${type}/${symbol}/${interval}`;
  return `${folder}/${period}${TAPE_SUFFIX}`;
}
