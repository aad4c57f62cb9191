import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AGG_TRADE_COLUMNS, type AggTradeRecord, renderAggTrade } from '../../src/market/binance/record/agg-trade.ts';
import type { TapeColumn } from '../../src/market/binance/record/column.ts';
import { KLINE_COLUMNS, type KlineRecord, renderKline } from '../../src/market/binance/record/kline.ts';
import type { StreamPlan } from '../../src/model/plan.ts';
import { parseTopic } from '../../src/model/topic.ts';
import { TapeWriter } from '../../src/tape/writer.ts';
import { DAY_START_MS, type TestTopic } from './rows.ts';

/** A tape of records with their typed columns, as an import writes it. */
export interface TypedTape<R> {
  readonly topic: string;
  readonly columns: readonly TapeColumn<R>[];
  readonly records: readonly R[];
  readonly timeMs: (record: R) => number;
  readonly render: (record: R) => string;
}

/** Trades with several of one time, and times that other topics have as well. Deterministic. */
export function aggTrades(symbol: string, count: number, seed: number): TypedTape<AggTradeRecord> {
  let state = seed;
  let time = DAY_START_MS;
  const records = Array.from({ length: count }, (_, id) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    if (state % 3 !== 0) time += (state >>> 16) % 4;
    return {
      symbol,
      aggTradeId: 3_000_000_000 + id,
      price: `${40_000 + (state % 997)}.${1 + (state % 89)}`,
      quantity: `0.0${1 + (state % 9)}`,
      firstTradeId: 2 * id,
      lastTradeId: 2 * id + 1,
      transactTime: time,
      isBuyerMaker: state % 5 < 2,
    };
  });
  return {
    topic: `aggTrades.${symbol}`,
    columns: AGG_TRADE_COLUMNS,
    records,
    timeMs: ({ transactTime }) => transactTime,
    render: renderAggTrade,
  };
}

export function klines(symbol: string, count: number): TypedTape<KlineRecord> {
  const records = Array.from({ length: count }, (_, index) => ({
    openTime: DAY_START_MS + 1_000 * index,
    open: `${100 + index}.5`,
    high: `${110 + index}`,
    low: `${90 + index}.25`,
    close: `${101 + index}`,
    volume: `${index}.125`,
    closeTime: DAY_START_MS + 1_000 * index + 999,
    quoteVolume: `${1_000 * index}`,
    count: index,
    takerBuyVolume: '0.5',
    takerBuyQuoteVolume: '12.75',
  }));
  return {
    topic: `klines.${symbol}.1m`,
    columns: KLINE_COLUMNS,
    records,
    timeMs: ({ closeTime }) => closeTime,
    render: renderKline,
  };
}

/** Writes the tapes, one per topic, and a plan with them. */
export class TypedTapes {
  readonly tapesDir: string;
  readonly plan: StreamPlan;
  /** The same rows, for `expectedStream`. */
  readonly topics: readonly TestTopic[];

  constructor(
    tapesDir: string,
    trades: readonly TypedTape<AggTradeRecord>[],
    candles: readonly TypedTape<KlineRecord>[],
  ) {
    this.tapesDir = tapesDir;
    this.topics = [...trades.map(topicOf), ...candles.map(topicOf)];
    const topics = [...trades.map((tape) => write(tapesDir, tape)), ...candles.map((tape) => write(tapesDir, tape))];
    this.plan = { market: 'spot', from: 0, to: 8e12, topics, gaps: [] };
  }
}

function topicOf<R>({ topic, records, timeMs, render }: TypedTape<R>): TestTopic {
  return { topic, tapes: [records.map((record) => ({ timeUs: 1_000 * timeMs(record), json: render(record) }))] };
}

function write<R>(tapesDir: string, { topic, columns, records, timeMs, render }: TypedTape<R>) {
  const relative = `${topic}.arrow`;
  const file = path.join(tapesDir, relative);
  mkdirSync(tapesDir, { recursive: true });
  const writer = new TapeWriter<R>(file, columns);
  for (const record of records) writer.append(1_000 * timeMs(record), render(record), record);
  const { symbol } = parseTopic(topic);
  const { rows, firstTime, lastTime } = writer.finish((content) => ({
    version: 1,
    market: 'spot',
    type: 'aggTrades',
    symbol,
    period: '2026-01-01',
    ...content,
    source: topic,
    sourceSha256: '0'.repeat(64),
    part: 0,
    lastPart: true,
    gaps: [],
    warnings: [],
  }));
  const planned = { path: relative, rows, firstTime, lastTime, source: topic, sourceSha256: '0'.repeat(64) };
  return { topic, tapes: [planned] };
}
