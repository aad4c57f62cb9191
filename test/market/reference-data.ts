import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Real archives that lie beside the project on some machines; tests that need them are skipped elsewhere. */
export const DATA = path.resolve(import.meta.dirname, '../../../shared/data');
export const VISION = path.join(DATA, 'vision');
export const hasData = existsSync(VISION);

/** `K` of the reference: the folder of the daily spot klines. */
export const K = path.join(VISION, 'data/spot/daily/klines');

export function kline(symbol: string, interval: string, day: string): string {
  return path.join(K, symbol, interval, `${symbol}-${interval}-${day}.zip`);
}

/** Every zip below a folder, sorted. */
export function zipsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.zip'))
    .map((name) => path.join(folder, name))
    .sort();
}
