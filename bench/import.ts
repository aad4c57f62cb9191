import { join } from 'node:path';
import { generateSample } from '../src/market/binance/sample/generate.ts';
import { importMissing } from '../src/tape/import.ts';
import { type BenchResult, resultOf } from './result.ts';

const DAY = '2025-03-01';
const RUNS = 3;
const TRADES = 400_000;

/** Archives to tapes: one archive in one thread, rows of CSV per second. */
export async function benchImport(home: string): Promise<BenchResult[]> {
  const visionDir = join(home, 'vision');
  const types = ['aggTrades', 'trades'] as const;
  await generateSample({
    visionDir,
    market: 'spot',
    symbols: ['BTCUSDT'],
    from: DAY,
    days: 1,
    types,
    tradesPerDay: TRADES,
  });
  const results: BenchResult[] = [];
  for (const type of types) {
    const rates: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const began = performance.now();
      let rows = 0;
      const { failures } = await importMissing({
        visionDir,
        tapesDir: join(home, `tape-${type}-${run}`),
        market: 'spot',
        missing: [{ topic: `${type}.BTCUSDT`, period: DAY }],
        threads: 1,
        onProgress: (progress) => {
          rows = progress.rows;
        },
      });
      if (failures[0] !== undefined) throw failures[0].error;
      rates.push(rows / ((performance.now() - began) / 1_000));
    }
    results.push(resultOf(`import ${type}`, 'rows/s', 'zip to tape, one thread, its start included', rates));
  }
  return results;
}
