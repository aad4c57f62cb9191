import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveHints, identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import type { Market } from '../../src/model/market.ts';
import { homePaths } from '../../src/model/paths.ts';
import { importArchives } from '../../src/tape/import.ts';
import { SHARED_DATA, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentStream, type Source, sourcesIn } from '../support/independent.ts';
import { attach, received, runToEnd } from '../support/session-run.ts';

const DAY_MS = 86_400_000;
const CSV = join(SHARED_DATA, 'csv');

interface Case {
  readonly market: Market;
  /** Relative to `../shared/data/csv`. */
  readonly files: readonly string[];
  readonly hints: Omit<ArchiveHints, 'market'> & { readonly type: NonNullable<ArchiveHints['type']> };
  readonly symbol: string;
  readonly first: string;
  readonly days: number;
  readonly rows: number;
}

const CASES: readonly (readonly [string, Case])[] = [
  [
    'spot aggTrades in µs: the first 5,000 rows of a day',
    {
      market: 'spot',
      files: ['spot/daily/aggTrades/BTCUSDT-aggTrades-2026-01-01.csv'],
      hints: { type: 'aggTrades' },
      symbol: 'BTCUSDT',
      first: '2026-01-01',
      days: 1,
      rows: 5_000,
    },
  ],
  [
    'spot trades in ms: the first five rows of a day',
    {
      market: 'spot',
      files: ['spot/daily/trades/binance_spot_BTCUSDT_trades_2024-01-01_first5.csv'],
      hints: { type: 'trades', symbol: 'BTCUSDT' },
      symbol: 'BTCUSDT',
      first: '2024-01-01',
      days: 1,
      rows: 5,
    },
  ],
  [
    'um bookDepth: ten snapshots, times as text',
    {
      market: 'um',
      files: ['um/daily/bookDepth/BTCUSDT-bookDepth-2026-06-24.head120.csv'],
      hints: { type: 'bookDepth', symbol: 'BTCUSDT' },
      symbol: 'BTCUSDT',
      first: '2026-06-24',
      days: 1,
      rows: 120,
    },
  ],
  [
    'um klines with a header',
    {
      market: 'um',
      files: ['um/daily/klines/BTCUSDT-1m-2025-09-03.csv', 'um/daily/klines/BTCUSDT-1m-2025-09-04.csv'],
      hints: { type: 'klines' },
      symbol: 'BTCUSDT',
      first: '2025-09-03',
      days: 2,
      rows: 2_880,
    },
  ],
  [
    'um klines without a header',
    {
      market: 'um',
      files: [
        'um/daily/klines/headerless/BTCUSDT-1m-2022-05-05.csv',
        'um/daily/klines/headerless/BTCUSDT-1m-2022-05-06.csv',
      ],
      hints: { type: 'klines' },
      symbol: 'BTCUSDT',
      first: '2022-05-05',
      days: 2,
      rows: 2_880,
    },
  ],
  [
    'um klines of a month in one file',
    {
      market: 'um',
      files: ['um/monthly/klines/AVAXUSDT-1m-2026-06.csv'],
      hints: { type: 'klines' },
      symbol: 'AVAXUSDT',
      first: '2026-06-01',
      days: 30,
      rows: 43_200,
    },
  ],
];

interface Run {
  readonly market: Market;
  readonly type: string;
  readonly symbols: readonly string[];
  readonly timeframes: readonly string[];
  readonly first: string;
  readonly days: number;
  readonly sources: readonly Source[];
}

/** Runs a session over the sources and compares what it delivers with an independent merge. */
async function expectExact(aegis: TestAegis, run: Run): Promise<number> {
  const { market, type, symbols, timeframes, first, days, sources } = run;
  const from = Date.parse(`${first}T00:00:00Z`);
  const session = await aegis.create({ mode: 'historical', market, from, to: from + days * DAY_MS });
  const component = await attach(aegis, session, { style: 'waits', symbols, streams: type.split(','), timeframes });
  const { id, summary } = await runToEnd(session);
  const expected = independentStream({ sources, sessionId: id });
  const lines = await received(component, expected);
  expect(firstDifference(lines, expected)).toBeUndefined();
  const times = lines.map((line) => Number(/"ts":(\d+)/.exec(line)?.[1]));
  expect(times.every((ts, index) => index === 0 || ts >= (times[index - 1] ?? 0))).toBe(true);
  expect(summary?.rows).toBe(expected.length);
  return expected.length;
}

let aegis: TestAegis;
beforeAll(async () => {
  aegis = await startTestAegis();
});
afterAll(() => aegis?.close());

describe.skipIf(!existsSync(CSV))('a session over real files (needs ../shared/data)', () => {
  it.each(CASES)('delivers every number as it is in the archive: %s', async (_what, one) => {
    const { market, symbol, first, days, hints } = one;
    const files = one.files.map((file) => join(CSV, file));
    const archives = files.map((file) => identifyArchive(file, { market, ...hints }));
    const { failures } = await importArchives({ tapesDir: homePaths(aegis.home).tapes, archives });
    expect(failures).toEqual([]);
    const topic = hints.type === 'klines' ? `klines.${symbol}.1m` : `${hints.type}.${symbol}`;
    const sources = files.map((file) => ({ topic, file }));
    const run = { market, type: hints.type, symbols: [symbol], timeframes: ['1m'], first, days, sources };
    expect(await expectExact(aegis, run)).toBe(one.rows);
  });
});

describe('a session over sample archives', () => {
  it.each(['um', 'cm'] as const)('delivers all five types of %s', async (market) => {
    const symbols = ['BTCUSDT', 'ETHUSDT'];
    const types = ['metrics', 'bookDepth', 'klines', 'aggTrades', 'trades'] as const;
    const first = '2024-05-01';
    const { vision } = aegis;
    await generateSample({ visionDir: vision, market, symbols, types, from: first, days: 1, tradesPerDay: 2_000 });
    const sources = types.flatMap((type) =>
      symbols.flatMap((symbol) => {
        const place = type === 'klines' ? `${symbol}/1m` : symbol;
        const topic = `${type}.${place.replace('/', '.')}`;
        return sourcesIn(join(vision, 'data/futures', market, 'daily', type, place), topic);
      }),
    );
    const run = { market, type: types.join(), symbols, timeframes: ['1m'], first, days: 1, sources };
    expect(await expectExact(aegis, run)).toBeGreaterThan(60_000);
  });
});
