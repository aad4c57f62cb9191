import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AGG_TRADE_COLUMNS, type AggTradeRecord, renderAggTrade } from '../../src/market/binance/record/agg-trade.ts';
import type { PlannedTape } from '../../src/model/plan.ts';
import { tapePath } from '../../src/tape/path.ts';
import { TapeWriter } from '../../src/tape/writer.ts';
import { DAY_MS, type Dataset, FIRST_DAY } from './dataset.ts';
import { generatedTrades } from './generated-trades.ts';

const US_PER_MS = 1_000;

export interface TradeRow {
  readonly timeUs: number;
  readonly json: string;
  readonly record: AggTradeRecord;
}

/** The rows of one topic of a dataset, in order; each is written to the tape of its day as it is taken. */
export class TopicTapes {
  readonly topic: string;
  readonly tapes: PlannedTape[] = [];
  readonly #symbol: string;
  readonly #dataset: Dataset;
  readonly #tapesDir: string;
  readonly #seed: number;

  constructor(symbol: string, seed: number, dataset: Dataset, tapesDir: string) {
    this.topic = `aggTrades.${symbol}`;
    this.#symbol = symbol;
    this.#seed = seed;
    this.#dataset = dataset;
    this.#tapesDir = tapesDir;
  }

  *rows(): Generator<TradeRow, void> {
    for (let day = 0; day < this.#dataset.days; day++) yield* this.#day(day);
  }

  *#day(day: number): Generator<TradeRow, void> {
    const from = FIRST_DAY + day * DAY_MS;
    const period = new Date(from).toISOString().slice(0, 10);
    const key = { market: 'spot', type: 'aggTrades', symbol: this.#symbol, period } as const;
    const path = tapePath(key);
    mkdirSync(dirname(join(this.#tapesDir, path)), { recursive: true });
    const writer = new TapeWriter<AggTradeRecord>(join(this.#tapesDir, path), AGG_TRADE_COLUMNS);
    const { rows } = this.#dataset;
    // A little less than the day has room for, so that the walk of times stays inside it.
    const series = { symbol: this.#symbol, seed: this.#seed + 1_000 * day, from, meanGapMs: (0.95 * DAY_MS) / rows };
    for (const record of generatedTrades(series)) {
      const row = { timeUs: record.transactTime * US_PER_MS, json: renderAggTrade(record), record };
      writer.append(row.timeUs, row.json, record);
      yield row;
      if (writer.rows === rows) break;
    }
    const { firstTime, lastTime, source, sourceSha256 } = writer.finish((content) => ({
      version: 1,
      ...key,
      ...content,
      source: `generated/${path}`,
      sourceSha256: '0'.repeat(64),
      part: 0,
      lastPart: true,
      gaps: [],
      warnings: [],
    }));
    if (lastTime >= (from + DAY_MS) * US_PER_MS) throw new RangeError(`${path} does not fit into its day`);
    this.tapes.push({ path, rows, firstTime, lastTime, source, sourceSha256 });
  }
}
