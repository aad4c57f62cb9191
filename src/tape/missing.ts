import { MARKET_NAMES, type Market } from '../model/market.ts';
import { parseTopic } from '../model/topic.ts';
import type { MissingTape } from './plan.ts';

/** Days (months for long candles) that follow each other without a tape. */
export interface MissingRange {
  readonly topic: string;
  /** First and last period: `2024-01-01`. */
  readonly from: string;
  readonly to: string;
  readonly periods: number;
}

/** Puts what a plan misses together; `missing` is in the order of its topics and their periods. */
export function missingRanges(missing: readonly MissingTape[]): MissingRange[] {
  const ranges: MissingRange[] = [];
  for (const { topic, period } of missing) {
    const last = ranges.at(-1);
    if (last?.topic === topic && follows(last.to, period)) {
      ranges[ranges.length - 1] = { ...last, to: period, periods: last.periods + 1 };
    } else {
      ranges.push({ topic, from: period, to: period, periods: 1 });
    }
  }
  return ranges;
}

/** `klines.BTCUSDT.1m 2024-01-02 to 2024-01-05`. */
export function rangeText({ topic, from, to }: MissingRange): string {
  return from === to ? `${topic} ${from}` : `${topic} ${from} to ${to}`;
}

/** The command that fetches a range. */
export function fetchCommand(market: Market, { topic, from, to }: MissingRange): string {
  const { type, symbol, detail } = parseTopic(topic);
  const interval = detail === undefined ? '' : ` --interval ${detail}`;
  const name = Object.entries(MARKET_NAMES).find(([, value]) => value === market)?.[0];
  return `aegisctl data fetch --market ${name} --symbol ${symbol} --type ${type}${interval} --from ${from} --to ${to}`;
}

/** Whether a period is the one after another: the day after a day, the month after a month. */
function follows(before: string, period: string): boolean {
  const next = new Date(`${before.padEnd(10, '-01')}T00:00:00Z`);
  if (before.length === 10) next.setUTCDate(next.getUTCDate() + 1);
  else next.setUTCMonth(next.getUTCMonth() + 1);
  return next.toISOString().startsWith(period);
}
