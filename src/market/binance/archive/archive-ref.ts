import path from 'node:path';
import { AegisError } from '../../../model/errors.ts';
import { type DataType, type Interval, isDataType, isInterval, isMarket, type Market } from '../../../model/market.ts';
import { isToken } from '../../../model/topic.ts';

/** What an archive contains. A file name alone does not tell: the same name exists in several markets and types. */
export interface ArchiveContent {
  readonly market: Market;
  readonly type: DataType;
  readonly symbol: string;
  /** Klines only. */
  readonly interval?: Interval;
}

/** An archive on Binance Vision. */
export interface ArchiveRef extends ArchiveContent {
  /** UTC day `2024-01-01` (daily archive) or month `2024-01` (monthly archive). */
  readonly period: string;
}

/** Klines of these intervals exist as monthly archives only. */
const MONTHLY_INTERVALS: readonly string[] = ['3d', '1w', '1mo'];
const MARKET_FOLDERS = { spot: 'spot', um: 'futures/um', cm: 'futures/cm' } as const satisfies Record<Market, string>;
const PERIOD = /^(.+)-(\d{4}-\d{2}(?:-\d{2})?)$/;

export function isMonthlyOnly(interval: Interval | undefined): boolean {
  return interval !== undefined && MONTHLY_INTERVALS.includes(interval);
}

/** `data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip` */
export function visionPath({ market, type, symbol, interval, period }: ArchiveRef): string {
  const freq = period.length === 10 ? 'daily' : 'monthly';
  const folder = `data/${MARKET_FOLDERS[market]}/${freq}/${type}/${symbol}`;
  return interval === undefined
    ? `${folder}/${symbol}-${type}-${period}.zip`
    : `${folder}/${interval}/${symbol}-${interval}-${period}.zip`;
}

/** What a path that ends like one on Binance Vision names; undefined for any other path. `.zip` and `.csv` are equal. */
export function parseVisionPath(file: string): ArchiveRef | undefined {
  const parts = file.split(/[\\/]/);
  const start = parts.lastIndexOf('data');
  if (start === -1) return undefined;
  const rest = parts.slice(start + 1);
  const market = rest[0] === 'futures' ? rest[1] : rest[0];
  const [freq, type, symbol, ...tail] = rest.slice(rest[0] === 'futures' ? 2 : 1);
  if (market === undefined || !isMarket(market) || type === undefined || !isDataType(type) || symbol === undefined) {
    return undefined;
  }
  const named = parseFileName(tail.at(-1) ?? '');
  if (named === undefined || named.symbol !== symbol || freq !== freqOf(named.period)) return undefined;
  if (type !== 'klines')
    return tail.length === 1 && named.kind === type ? { market, type, symbol, period: named.period } : undefined;
  const interval = tail[0] ?? '';
  if (tail.length !== 2 || !isInterval(interval) || named.kind !== interval) return undefined;
  return { market, type, symbol, interval, period: named.period };
}

function freqOf(period: string): string {
  return period.length === 10 ? 'daily' : 'monthly';
}

interface NamedParts {
  readonly symbol: string;
  /** Interval of klines, type of everything else. */
  readonly kind: string;
  readonly period: string;
}

/** The parts of `BTCUSDT-1m-2024-01-01.zip`; undefined when the name has another form. */
export function parseFileName(name: string): NamedParts | undefined {
  const match = PERIOD.exec(name.replace(/\.(zip|csv)$/, ''));
  const [, head = '', period = ''] = match ?? [];
  const dash = head.lastIndexOf('-');
  if (dash <= 0) return undefined;
  return { symbol: head.slice(0, dash), kind: head.slice(dash + 1), period };
}

/** What somebody says about files whose paths do not tell. */
export type ArchiveHints = Partial<ArchiveContent>;

/** A file to import and what it contains. */
export interface ArchiveFile {
  readonly file: string;
  readonly content: ArchiveContent;
  /** As the name says; undefined when it says nothing: then the rows decide. */
  readonly period?: string;
  /** Name of the source in manifests: the path on Binance Vision, else the file's base name. */
  readonly source: string;
}

/**
 * Finds out what a file contains: from its Vision path, else from `hints` with the help of its name. Hints that
 * contradict the path are refused. Throws USAGE naming what is not known.
 */
export function identifyArchive(file: string, hints: ArchiveHints = {}): ArchiveFile {
  const ref = parseVisionPath(path.resolve(file));
  if (ref !== undefined) {
    refuseContradiction(file, ref, hints);
    const { period, ...content } = ref;
    return { file, content, period, source: withSuffixOf(file, visionPath(ref)) };
  }
  const named = parseFileName(path.basename(file));
  const symbol = hints.symbol ?? named?.symbol;
  const { market, type } = hints;
  const kind = named?.kind ?? '';
  const interval = type === 'klines' ? (hints.interval ?? (isInterval(kind) ? kind : undefined)) : undefined;
  const missing = [
    market === undefined ? '--market' : undefined,
    type === undefined ? '--type' : undefined,
    symbol === undefined ? '--symbol' : undefined,
    type === 'klines' && interval === undefined ? '--interval' : undefined,
  ].filter((option) => option !== undefined);
  if (market === undefined || type === undefined || symbol === undefined || missing.length > 0) {
    throw new AegisError('USAGE', `the file name does not identify the content: ${missing.join(', ')} must be given`, {
      where: file,
      remedy: 'Give the options that are named, or put the file into the folder layout of Binance Vision.',
    });
  }
  if (!isToken(symbol)) {
    throw new AegisError('USAGE', `"${symbol}" cannot be a symbol: it consists of A-Z, a-z, 0-9, _ and -`, {
      where: file,
    });
  }
  const content = { market, type, symbol, ...(interval === undefined ? {} : { interval }) };
  const matches = named !== undefined && named.symbol === symbol && named.kind === (interval ?? type);
  return { file, content, ...(matches ? { period: named.period } : {}), source: path.basename(file) };
}

function withSuffixOf(file: string, source: string): string {
  return file.endsWith('.csv') ? source.replace(/\.zip$/, '.csv') : source;
}

function refuseContradiction(file: string, ref: ArchiveRef, hints: ArchiveHints): void {
  for (const key of ['market', 'type', 'symbol', 'interval'] as const) {
    if (hints[key] === undefined || hints[key] === ref[key]) continue;
    throw new AegisError('USAGE', `the path says ${key} ${ref[key] ?? 'none'}, the option says ${hints[key]}`, {
      where: file,
    });
  }
}
