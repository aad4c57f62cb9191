import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { firstRows } from './first-rows.ts';
import type { PeerTrades } from './peer-trades.ts';

const MINUTE_MS = 60_000;
const US_PER_MS = 1_000;

/**
 * Writes trades as tardis-dev keeps them after a first replay: a compressed file for each minute, of the exchange's messages
 * with the time of their arrival. And once more as one file of lines per symbol, for the replay from memory.
 */
export function writeTardisCache({ symbols, tapes, rows, from, to }: PeerTrades, folder: string): void {
  for (const [index, symbol] of symbols.entries()) {
    const minutes = new Map<number, string[]>();
    for (let minute = from; minute < to; minute += MINUTE_MS) minutes.set(minute, []);
    for (const { timeUs, json } of firstRows(tapes[index] ?? '', rows)) {
      const ms = timeUs / US_PER_MS;
      minutes.get(ms - (ms % MINUTE_MS))?.push(messageLine(symbol, ms, json));
    }
    const feed = join(folder, 'feeds', 'binance', filtersKey(symbol));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${symbol}.ndjson`), [...minutes.values()].flat().join(''));
    for (const [minute, lines] of minutes) {
      const path = join(feed, `${new Date(minute).toISOString().slice(0, 16).replace(/[-T:]/g, '/')}.json.gz`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, gzipSync(lines.join('')));
    }
  }
}

/** How tardis-dev 13 names the folder of one subscription: the hash of what it would ask its server for. */
function filtersKey(symbol: string): string {
  const filters = [{ channel: 'trade', symbols: [symbol.toLowerCase()] }];
  return createHash('sha256').update(JSON.stringify(filters)).digest('hex');
}

/** A message of the exchange's trade stream after the time of its arrival, which has seven digits of a second. */
function messageLine(symbol: string, ms: number, json: string): string {
  const { agg_trade_id: t, price: p, quantity: q, is_buyer_maker: m } = JSON.parse(json);
  const data = { e: 'trade', E: ms, s: symbol, t, p: String(p), q: String(q), T: ms, m, M: true };
  const stream = `${symbol.toLowerCase()}@trade`;
  return `${new Date(ms).toISOString().slice(0, -1)}0000Z ${JSON.stringify({ stream, data })}\n`;
}
