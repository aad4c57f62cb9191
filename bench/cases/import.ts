import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import type { DataType, Interval, Market } from '../../src/model/market.ts';
import { forkProcess } from '../../test/orchestrator/child.ts';
import { until } from '../../test/orchestrator/until.ts';
import { untilIdle } from '../path/idle.ts';
import { ProcessWatch } from '../path/watch-processes.ts';
import type { ImportDone, ImportOrder } from '../programs/import.ts';
import type { BenchResult } from '../result.ts';
import type { BenchContext, Block } from '../suite/block.ts';
import { type Contestant, runContest, type Sample } from '../suite/contest.ts';

const FROM = '2025-03-01';
const SYMBOLS = ['ADAUSDT', 'XRPUSDT'];
const TRADES_PER_DAY = 200_000;
const LIMIT_MS = 300_000;

interface ImportType {
  readonly type: DataType;
  readonly market: Market;
  readonly interval?: Interval;
  /** Of each symbol: some seconds' work where the rate is judged, so that the start of threads does not count. */
  readonly days: number;
}

const TYPES: readonly ImportType[] = [
  { type: 'aggTrades', market: 'spot', days: 6 },
  { type: 'trades', market: 'spot', days: 2 },
  { type: 'klines', market: 'spot', interval: '1s', days: 2 },
  { type: 'bookDepth', market: 'um', days: 4 },
  { type: 'metrics', market: 'um', days: 30 },
];

/** Archives to tapes, by type: one thread, and all of them. */
export const importing: Block = {
  name: 'import',
  cases: TYPES.flatMap(({ type }) => [`import-${type}`, `import-${type}-all`]),
  run: async (context, wanted) => {
    const visionDir = join(context.home, 'vision');
    const bytesPerRow = new Map<string, number>();
    const contestants: Contestant[] = [];
    for (const each of TYPES) {
      const { type, market, interval, days } = each;
      const names = [`import-${type}`, `import-${type}-all`].filter((name) => wanted.has(name));
      if (names.length === 0) continue;
      context.tell(`making archives of ${type} …`);
      const intervals = interval === undefined ? {} : { intervals: [interval] };
      const sample = { visionDir, market, symbols: SYMBOLS, from: FROM, days, types: [type], ...intervals };
      await generateSample({ ...sample, tradesPerDay: TRADES_PER_DAY });
      for (const name of names) {
        const threads = name.endsWith('-all') ? availableParallelism() : 1;
        const run = async (): Promise<Sample> => {
          const { sample: measured, bytes } = await importOnce(context, orderOf(each, visionDir, threads));
          bytesPerRow.set(name, bytes / measured.rows);
          return measured;
        };
        const many = threads === 1 ? 'one thread' : `${threads} threads`;
        const note = `${SYMBOLS.length * days} zips of ${type} to tapes, ${many}, their start included`;
        contestants.push({ name, unit: 'rows/s', note, against: threads === 1 ? [] : [`import-${type}`], run });
      }
    }
    const { results, failed } = await runContest({ contestants, rounds: context.runs, tell: context.tell });
    await rm(visionDir, { recursive: true, force: true });
    return { results: results.map((result) => withBytes(result, bytesPerRow.get(result.name))), skipped: [], failed };
  },
};

function orderOf(
  { type, interval, market, days }: ImportType,
  visionDir: string,
  threads: number,
): Omit<ImportOrder, 'tapesDir'> {
  const first = Date.parse(`${FROM}T00:00:00Z`);
  const periods = Array.from({ length: days }, (_, day) =>
    new Date(first + day * 86_400_000).toISOString().slice(0, 10),
  );
  const missing = SYMBOLS.flatMap((symbol) => {
    const topic = interval === undefined ? `${type}.${symbol}` : `${type}.${symbol}.${interval}`;
    return periods.map((period) => ({ topic, period }));
  });
  return { visionDir, market, missing, threads };
}

async function importOnce(
  { home }: BenchContext,
  order: Omit<ImportOrder, 'tapesDir'>,
): Promise<{ readonly sample: Sample; readonly bytes: number }> {
  const tapesDir = await mkdtemp(join(home, 'import-'));
  const importer = forkProcess<ImportDone>('bench/programs/import.ts');
  try {
    const pid = importer.child.pid ?? 0;
    await untilIdle('the importer', pid);
    const watch = new ProcessWatch({ importer: pid });
    try {
      importer.child.send({ ...order, tapesDir } satisfies ImportOrder);
      const { rows, bytes, seconds } = await until(
        'the import is done',
        () => {
          if (importer.child.exitCode !== null) throw new Error('the importer has failed');
          return importer.messages[0];
        },
        LIMIT_MS,
      );
      return { sample: { value: rows / seconds, rows, ...watch.stop() }, bytes };
    } finally {
      watch.stop();
    }
  } finally {
    importer.child.kill('SIGKILL');
    await importer.exited;
    await rm(tapesDir, { recursive: true, force: true });
  }
}

function withBytes(result: BenchResult, bytesPerRow = Number.NaN): BenchResult {
  const megabytes = (result.median * bytesPerRow) / 1e6;
  return { ...result, note: `${result.note}; ${megabytes.toFixed(1)} MB/s of CSV` };
}
