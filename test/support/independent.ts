import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a session must deliver, made from the archives by other means than Aegis has: `unzip`, split at commas, numbers
 * rewritten by text replacement, one sort at the end.
 */
export interface IndependentOptions {
  readonly vision: string;
  readonly symbols: readonly string[];
  readonly interval: string;
  /** Unix ms; rows with `from <= close time < to`. */
  readonly from: number;
  readonly to: number;
  readonly sessionId: string;
}

export function independentKlines({ vision, symbols, interval, from, to, sessionId }: IndependentOptions): string[] {
  const rows = symbols.toSorted().flatMap((symbol, rank) => {
    const folder = join(vision, 'data/spot/daily/klines', symbol, interval);
    const zips = readdirSync(folder)
      .filter((name) => name.endsWith('.zip'))
      .sort();
    return zips.flatMap((zip) => csvLines(join(folder, zip))).map((cells) => ({ ...kline(cells), symbol, rank }));
  });
  return rows
    .filter(({ ts }) => ts >= from && ts < to)
    .sort((a, b) => a.ts - b.ts || a.rank - b.rank)
    .map(({ ts, data, symbol }) => {
      const topic = `aegis.${sessionId}.klines.${symbol}.${interval}`;
      return `{"session_id":"${sessionId}","topic":"${topic}","ts":${ts},"data":${data}}`;
    });
}

export function csvLines(zip: string): string[][] {
  const text = execFileSync('unzip', ['-p', zip], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
}

function kline(cells: string[]) {
  const [openTime, open, high, low, close, volume, closeTime, quote, count, taker, takerQuote] = cells.map(canonical);
  const data =
    `{"open_time":${openTime},"close_time":${closeTime},"count":${count},"open":${open},"high":${high},"low":${low},` +
    `"close":${close},"volume":${volume},"quote_volume":${quote},"taker_buy_volume":${taker},` +
    `"taker_buy_quote_volume":${takerQuote}}`;
  return { ts: Number(closeTime), data };
}

/** `12.3400` → `12.34`, `5.000` → `5`. */
export function canonical(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

/** The first line in which two streams differ, or undefined: a whole diff of them would be unreadable. */
export function firstDifference(received: readonly string[], expected: readonly string[]): string | undefined {
  const length = Math.max(received.length, expected.length);
  for (let line = 0; line < length; line += 1) {
    if (received[line] === expected[line]) continue;
    const sizes = `of ${received.length} received and ${expected.length} expected`;
    return `line ${line} ${sizes}\n  received ${received[line]}\n  expected ${expected[line]}`;
  }
  return undefined;
}
