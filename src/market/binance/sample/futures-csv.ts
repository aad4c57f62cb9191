import { DAY_MS } from '../../../model/market.ts';
import { type Candle, candlesOf } from './candles.ts';
import type { DayTrades } from './day-trades.ts';
import { fixed } from './profile.ts';
import { type Random, randomFor } from './random.ts';

const BANDS = ['-5.00', '-4.00', '-3.00', '-2.00', '-1.00', '-0.20', '0.20', '1.00', '2.00', '3.00', '4.00', '5.00'];
const BOOK_STEP = 30_000;
const METRICS_STEP = 5 * 60_000;

/** What the archives of futures that are not made of trades are about. */
export interface FuturesDay {
  readonly trades: DayTrades;
  readonly market: 'um' | 'cm';
  readonly symbol: string;
  readonly seed: number;
}

/** The archive `bookDepth` of a day: every 30 s the depth within each band, cumulative on each side. */
export function bookDepthCsv({ trades, market, symbol, seed }: FuturesDay): string[] {
  const random = randomFor(`${seed}/${market}/${symbol}/${trades.day}/bookDepth`);
  const minutes = candlesOf(trades, market, '1m');
  const lines = ['timestamp,percentage,depth,notional'];
  for (let at = trades.day + 4_000; at < trades.day + DAY_MS; at += BOOK_STEP) {
    const price = priceAt(minutes, trades, at);
    const side = BANDS.slice(BANDS.length / 2).map(() => 1_000 + Math.floor(random() * 500_000));
    for (const [index, band] of BANDS.entries()) {
      // Bands nearer to the middle contain fewer levels: the sum runs outwards.
      const reach = index < BANDS.length / 2 ? BANDS.length / 2 - index : index - BANDS.length / 2 + 1;
      const depth = side.slice(0, reach).reduce((sum, level) => sum + level, 0);
      lines.push(`${textTime(at)},${band},${fixed(depth, 3, 8)},${fixed(BigInt(depth) * BigInt(price), 5, 8)}`);
    }
  }
  return lines;
}

/** The archive `metrics` of a day: open interest and ratios every five minutes. */
export function metricsCsv({ trades, market, symbol, seed }: FuturesDay): string[] {
  const random = randomFor(`${seed}/${market}/${symbol}/${trades.day}/metrics`);
  const minutes = candlesOf(trades, market, '1m');
  const lines = [
    'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio',
  ];
  for (let at = trades.day; at < trades.day + DAY_MS; at += METRICS_STEP) {
    const interest = 50_000_000 + Math.floor(random() * 10_000_000);
    const value = BigInt(interest) * BigInt(priceAt(minutes, trades, at));
    const ratios = Array.from({ length: 4 }, () => ratio(random));
    lines.push([textTime(at), symbol, fixed(interest, 3, 16), fixed(value, 5, 16), ...ratios].join(','));
  }
  return lines;
}

/** Last price before a time, hundredths. */
function priceAt(minutes: readonly Candle[], trades: DayTrades, at: number): number {
  return minutes[Math.floor((at - trades.day) / 60_000) - 1]?.close ?? trades.open;
}

function ratio(random: Random): string {
  return fixed(50_000_000 + Math.floor(random() * 200_000_000), 8, 8);
}

function textTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
