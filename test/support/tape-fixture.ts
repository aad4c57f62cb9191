import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Market } from '../../src/model/market.ts';
import { isDataType, isInterval } from '../../src/model/market.ts';
import type { PlannedTape } from '../../src/model/plan.ts';
import { parseTopic } from '../../src/model/topic.ts';
import type { TapeKey } from '../../src/tape/manifest.ts';
import { tapePath } from '../../src/tape/path.ts';
import { TapeWriter } from '../../src/tape/writer.ts';

export interface FixtureRow {
  /** Order time, unix µs; rows must not go back in time. */
  readonly timeUs: number;
  /** The row's `data` as JSON text. */
  readonly json: string;
}

export interface TapeFixtureOptions {
  readonly tapesDir: string;
  /** Default `spot`. */
  readonly market?: Market;
  /** Short topic: `aggTrades.BTCUSDT`. */
  readonly topic: string;
  /** UTC day `2024-01-01`, or month `2024-01`. */
  readonly period: string;
  readonly rows: readonly FixtureRow[];
}

/** Writes a real tape (without typed columns) with the given rows and tells how a plan names it. */
export function writeTapeFixture({ tapesDir, market = 'spot', topic, period, rows }: TapeFixtureOptions): PlannedTape {
  const key = { market, ...keyOf(topic), period };
  const relative = tapePath(key);
  const file = path.join(tapesDir, relative);
  mkdirSync(path.dirname(file), { recursive: true });
  const writer = new TapeWriter<undefined>(file, []);
  for (const row of rows) writer.append(row.timeUs, row.json, undefined);
  const { firstTime, lastTime, source, sourceSha256 } = writer.finish((content) => ({
    version: 1,
    ...key,
    ...content,
    source: `fixture/${topic}-${period}`,
    sourceSha256: '0'.repeat(64),
    part: 0,
    lastPart: true,
    gaps: [],
    warnings: [],
  }));
  return { path: relative, rows: rows.length, firstTime, lastTime, source, sourceSha256 };
}

function keyOf(topic: string): Pick<TapeKey, 'type' | 'symbol' | 'interval'> {
  const { type, symbol, detail } = parseTopic(topic);
  if (!isDataType(type)) throw new TypeError(`${topic} is not a topic of historical data`);
  if (detail === undefined) return { type, symbol };
  if (!isInterval(detail)) throw new TypeError(`${topic} has no known interval`);
  return { type, symbol, interval: detail };
}
