import { INTERVAL_MS, isInterval } from '../../model/market.ts';
import { fullTopic, parseTopic } from '../../model/topic.ts';

/** 2024-01-01 00:00 UTC, ms. */
const FIRST_TS = 1_704_067_200_000;
const STEP_MS = 10;

export interface SampleRowOptions {
  readonly sessionId: string;
  /** Short topics; rows take them in turn. */
  readonly topics: readonly string[];
  /** A field that no version has yet in every row. */
  readonly unknownFields: boolean;
}

/** Row `n` of an invented stream as a line with its newline: the same number gives the same bytes. */
export function sampleRow({ sessionId, topics, unknownFields }: SampleRowOptions, n: number): string {
  const short = topics[n % topics.length] ?? '';
  const ts = FIRST_TS + n * STEP_MS;
  const added = unknownFields ? { added_later: [1] } : {};
  const data = { ...sampleData(short, n, ts), ...added };
  return `${JSON.stringify({ session_id: sessionId, topic: fullTopic(sessionId, short), ts, ...added, data })}\n`;
}

/** The same line with its number after `ts`. */
export function numberedRow(options: SampleRowOptions, n: number): string {
  return sampleRow(options, n).replace(/("ts":\d+,)/, `$1"seq":${n},`);
}

function sampleData(short: string, n: number, ts: number): Record<string, unknown> {
  const { type, symbol, detail = '' } = parseTopic(short);
  const price = 64_000 + (n % 100) / 4;
  switch (type) {
    case 'trades':
      return { id: n, price, qty: 0.25, quote_qty: price / 4, time: ts, is_buyer_maker: n % 2 === 0 };
    case 'aggTrades':
      return {
        ...{ event_time: ts, symbol, agg_trade_id: n, first_trade_id: n, last_trade_id: n, price, quantity: 0.75 },
        ...{ normal_qty: 0.75, transact_time: ts, is_buyer_maker: n % 2 === 0 },
      };
    case 'klines':
    case 'klineUpdates': {
      const interval = isInterval(detail) ? INTERVAL_MS[detail] : undefined;
      const kline = {
        ...{ open_time: ts + 1 - (interval ?? 60_000), close_time: ts, count: 7, open: price, high: price + 1.5 },
        ...{ low: price - 1, close: price + 0.25, volume: 12.5, quote_volume: 800_000 },
        ...{ taker_buy_volume: 6.25, taker_buy_quote_volume: 400_000 },
      };
      return type === 'klines' ? kline : { ...kline, closed: false };
    }
    case 'bookDepth':
      return { timestamp: ts, percentage: -5, depth: 1_250.5, notional: 80_000_000 };
    case 'metrics':
      return {
        ...{ create_time: ts, symbol, sum_open_interest: 80_000.5, sum_open_interest_value: 5_120_000_000 },
        ...{ count_toptrader_long_short_ratio: 1.25, sum_toptrader_long_short_ratio: 1.5 },
        ...{ count_long_short_ratio: 0.75, sum_taker_long_short_vol_ratio: 1.125 },
      };
    default: {
      const level = (at: number) => [{ price: at, quantity: 0.75 }];
      return { last_update_id: n, event_time: ts, bids: level(price), asks: level(price + 0.5) };
    }
  }
}
