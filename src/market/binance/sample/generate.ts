import { AegisError } from '../../../model/errors.ts';
import { DAY_MS, type DataType, INTERVAL_MS, type Interval, type Market } from '../../../model/market.ts';
import { type ArchiveRef, isMonthlyOnly } from '../archive/archive-ref.ts';
import { barEnd } from '../archive/kline-series.ts';
import { parsePeriod, periodsBetween } from '../archive/period.ts';
import { klinesCsv } from './candle-csv.ts';
import { type Candle, candlesOf, joinCandles } from './candles.ts';
import { type DayTrades, dayTrades } from './day-trades.ts';
import { bookDepthCsv, metricsCsv } from './futures-csv.ts';
import { aggTradesCsv, tradesCsv } from './trade-csv.ts';
import { writeArchive } from './write-archive.ts';

export interface GenerateSampleOptions {
  /** Folder that receives the archives, laid out as on Binance Vision. */
  readonly visionDir: string;
  readonly market: Market;
  readonly symbols: readonly string[];
  /** First UTC day: `2024-01-01`. */
  readonly from: string;
  readonly days: number;
  /** Default: trades, aggTrades and klines. bookDepth and metrics exist for futures only. */
  readonly types?: readonly DataType[];
  /** Of klines. Default `1m`. */
  readonly intervals?: readonly Interval[];
  /** Per symbol; about 60 % of them begin a new aggregate. Default 50,000. */
  readonly tradesPerDay?: number;
  /** The same seed gives the same archives, byte for byte. Default 1. */
  readonly seed?: number;
  readonly onProgress?: (progress: SampleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SampleProgress {
  readonly files: number;
  readonly rows: number;
  /** Bytes of zips written so far. */
  readonly bytes: number;
}

/**
 * Makes archives of invented trades that agree with each other: candles and aggregates derive from the trades, ids
 * continue from day to day, many trades share a time. Throws USAGE.
 */
export async function generateSample(options: GenerateSampleOptions): Promise<SampleProgress> {
  const { visionDir, market, symbols, days, tradesPerDay = 50_000, seed = 1 } = options;
  const types = options.types ?? ['trades', 'aggTrades', 'klines'];
  const intervals = options.intervals ?? ['1m'];
  if (market === 'spot' && types.some((type) => type === 'bookDepth' || type === 'metrics')) {
    throw new AegisError('USAGE', 'bookDepth and metrics exist for futures only', { remedy: 'Choose another market.' });
  }
  const start = firstDay(options.from);
  const progress = { files: 0, rows: 0, bytes: 0 };
  const write = async (ref: ArchiveRef, lines: readonly string[]): Promise<void> => {
    if (options.signal?.aborted) throw new AegisError('INTERRUPTED', 'the generator was interrupted');
    progress.bytes += await writeArchive(visionDir, ref, lines);
    progress.rows += lines.length;
    progress.files++;
    options.onProgress?.({ ...progress });
  };
  for (const symbol of symbols) {
    const tradesOf = (day: number): DayTrades => dayTrades({ market, symbol, day, tradesPerDay, seed });
    for (let day = start; day < start + days * DAY_MS; day += DAY_MS) {
      await writeDay({ market, symbol, types, intervals, seed, trades: tradesOf(day), write });
    }
    if (!types.includes('klines')) continue;
    for (const interval of intervals.filter(isMonthlyOnly)) {
      for (const month of periodsBetween(start, start + days * DAY_MS, 'month')) {
        const candles = longCandles(interval, month, (day) => candlesOf(tradesOf(day), market, '1d'));
        await write({ market, type: 'klines', symbol, interval, period: month.name }, klinesCsv(candles, market));
      }
    }
  }
  return progress;
}

function firstDay(text: string): number {
  try {
    if (text.length === 10) return parsePeriod(text).start;
  } catch {
    // Reported below, with every other text that is no day.
  }
  throw new AegisError('USAGE', `"${text}" is no day`, { remedy: 'Write a day as 2024-01-05.' });
}

interface WriteDayOptions {
  readonly market: Market;
  readonly symbol: string;
  readonly types: readonly DataType[];
  readonly intervals: readonly Interval[];
  readonly seed: number;
  readonly trades: DayTrades;
  readonly write: (ref: ArchiveRef, lines: readonly string[]) => Promise<void>;
}

async function writeDay({ market, symbol, types, intervals, seed, trades, write }: WriteDayOptions): Promise<void> {
  const period = new Date(trades.day).toISOString().slice(0, 10);
  for (const type of types) {
    const ref = { market, type, symbol, period };
    if (type === 'klines') {
      for (const interval of intervals.filter((each) => !isMonthlyOnly(each))) {
        await write({ ...ref, interval }, klinesCsv(candlesOf(trades, market, interval), market));
      }
    } else if (type === 'trades') await write(ref, tradesCsv(trades, market));
    else if (type === 'aggTrades') await write(ref, aggTradesCsv(trades, market));
    else if (market !== 'spot') {
      const day = { trades, market, symbol, seed };
      await write(ref, type === 'bookDepth' ? bookDepthCsv(day) : metricsCsv(day));
    }
  }
}

const FIRST_MONDAY = parsePeriod('1970-01-05').start;

/** Candles of 3d, 1w or 1mo that open in a month, joined from the daily ones. */
function longCandles(
  interval: Interval,
  month: { readonly start: number; readonly end: number },
  daily: (day: number) => Candle[],
): Candle[] {
  const candles: Candle[] = [];
  const length = INTERVAL_MS[interval];
  const origin = interval === '1w' ? FIRST_MONDAY : 0;
  const first = length === undefined ? month.start : origin + Math.ceil((month.start - origin) / length) * length;
  for (let open = first; open < month.end; open = barEnd(open, interval)) {
    const parts = periodsBetween(open, barEnd(open, interval), 'day').flatMap((day) => daily(day.start));
    const candle = joinCandles(open, interval, parts);
    if (candle !== undefined) candles.push(candle);
  }
  return candles;
}
