import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
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

/** A file, zip or CSV, and the short topic that its rows belong to. */
export interface Source {
  readonly topic: string;
  readonly file: string;
}

export interface IndependentStreamOptions {
  readonly sources: readonly Source[];
  readonly sessionId: string;
  /** Unix ms; rows with `from <= ts < to`. Default: all rows. */
  readonly from?: number;
  readonly to?: number;
}

interface Row {
  /** Unix µs. */
  readonly time: number;
  readonly line: string;
}

const TYPES = ['trades', 'aggTrades', 'klines', 'bookDepth', 'metrics'];

export function independentKlines({ vision, symbols, interval, ...rest }: IndependentOptions): string[] {
  const sources = symbols.flatMap((symbol) => {
    const folder = join(vision, 'data/spot/daily/klines', symbol, interval);
    return sourcesIn(folder, `klines.${symbol}.${interval}`);
  });
  return independentStream({ sources, ...rest });
}

/** The zips of a folder, in the order of their names. */
export function sourcesIn(folder: string, topic: string): Source[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.zip'));
  return names.sort().map((name) => ({ topic, file: join(folder, name) }));
}

/** The lines without their newlines, in the one order: time, type, symbol, interval, place in the source. */
export function independentStream(options: IndependentStreamOptions): string[] {
  const { sources, sessionId, from = 0, to = Number.POSITIVE_INFINITY } = options;
  const inOrder = sources.toSorted(
    (a, b) => typeOf(a) - typeOf(b) || (a.topic < b.topic ? -1 : Number(a.topic > b.topic)),
  );
  return inOrder
    .flatMap((source) => rowsOf(source, sessionId))
    .filter(({ time }) => time >= from * 1000 && time < to * 1000)
    .sort((a, b) => a.time - b.time)
    .map(({ line }) => line);
}

/** H₀ = 32 zero bytes, Hₖ = SHA-256(Hₖ₋₁ ‖ SHA-256(piece k)) over pieces of 1 MiB. */
export function independentHash(lines: readonly string[]): string {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  let hash: Buffer = Buffer.alloc(32);
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const piece = createHash('sha256')
      .update(bytes.subarray(at, at + (1 << 20)))
      .digest();
    hash = createHash('sha256').update(hash).update(piece).digest();
  }
  return hash.toString('hex');
}

/** The rows of a file, zip or CSV, as their cells, without a header. */
export function csvLines(file: string): string[][] {
  const zip = file.endsWith('.zip');
  const text = zip
    ? execFileSync('unzip', ['-p', file], { encoding: 'utf8', maxBuffer: 1 << 30 })
    : readFileSync(file, 'utf8');
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return /^[a-z]/i.test(rows[0]?.[0] ?? '') ? rows.slice(1) : rows;
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

function typeOf({ topic }: Source): number {
  return TYPES.indexOf(topic.slice(0, topic.indexOf('.')));
}

function rowsOf({ topic, file }: Source, sessionId: string): Row[] {
  const [type = '', symbol = ''] = topic.split('.');
  const render = RENDER[type];
  if (render === undefined) throw new Error(`no rows of type ${type} are known`);
  return csvLines(file).map((cells) => {
    const { time, data } = render(cells.map(canonical), symbol);
    const micros = microsOf(time);
    const head = `{"session_id":"${sessionId}","topic":"aegis.${sessionId}.${topic}","ts":${Math.floor(micros / 1000)}`;
    return { time: micros, line: `${head},"data":${data}}` };
  });
}

type Render = (cells: string[], symbol: string) => { readonly time: string | undefined; readonly data: string };

const RENDER: Readonly<Record<string, Render>> = {
  trades: ([id, price, qty, quote, time, maker]) => ({
    time,
    data: `{"id":${id},"price":${price},"qty":${qty},"quote_qty":${quote},"time":${ms(time)},"is_buyer_maker":${bool(maker)}}`,
  }),
  aggTrades: ([id, price, qty, first, last, time, maker], symbol) => ({
    time,
    data:
      `{"event_time":${ms(time)},"symbol":"${symbol}","agg_trade_id":${id},"first_trade_id":${first},` +
      `"last_trade_id":${last},"price":${price},"quantity":${qty},"normal_qty":${qty},"transact_time":${ms(time)},` +
      `"is_buyer_maker":${bool(maker)}}`,
  }),
  klines: ([openTime, open, high, low, close, volume, closeTime, quote, count, taker, takerQuote]) => ({
    time: closeTime,
    data:
      `{"open_time":${ms(openTime)},"close_time":${ms(closeTime)},"count":${count},"open":${open},"high":${high},` +
      `"low":${low},"close":${close},"volume":${volume},"quote_volume":${quote},"taker_buy_volume":${taker},` +
      `"taker_buy_quote_volume":${takerQuote}}`,
  }),
  bookDepth: ([time, percentage, depth, notional]) => ({
    time,
    data: `{"timestamp":${ms(time)},"percentage":${percentage},"depth":${depth},"notional":${notional}}`,
  }),
  metrics: ([time, symbol, interest, value, countTop, sumTop, countAll, taker]) => ({
    time,
    data:
      `{"create_time":${ms(time)},"symbol":"${symbol}","sum_open_interest":${interest},"sum_open_interest_value":${value},` +
      `"count_toptrader_long_short_ratio":${countTop},"sum_toptrader_long_short_ratio":${sumTop},` +
      `"count_long_short_ratio":${countAll},"sum_taker_long_short_vol_ratio":${taker}}`,
  }),
};

/** Of ms (13 digits), µs (16 digits) and text in UTC. */
function microsOf(time = ''): number {
  if (time.includes('-')) return Date.parse(`${time.replace(' ', 'T')}Z`) * 1000;
  return Number(time.padEnd(16, '0'));
}

function ms(time: string | undefined): number {
  return Math.floor(microsOf(time) / 1000);
}

function bool(text = ''): string {
  return text.toLowerCase();
}
