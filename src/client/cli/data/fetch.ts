import type { Command } from 'commander';
import { type ArchiveRef, isMonthlyOnly } from '../../../market/binance/archive/archive-ref.ts';
import type { FetchResult } from '../../../market/binance/archive/fetch.ts';
import { periodsBetween } from '../../../market/binance/archive/period.ts';
import { AegisError } from '../../../model/errors.ts';
import { type DataType, type Interval, MARKET_NAMES, type MarketName } from '../../../model/market.ts';
import { homePaths } from '../../../model/paths.ts';
import { type CliContext, present } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { parseRange } from '../range.ts';
import { duration } from '../table.ts';
import { failureData, reportFailures } from './failures.ts';
import { intervalsOption, marketOption, positive, symbolsOption, typesOption } from './options.ts';
import { WorkProgress } from './work-progress.ts';

interface FetchOptions {
  readonly market: MarketName;
  readonly symbol: readonly string[];
  readonly type: readonly DataType[];
  readonly interval?: readonly Interval[];
  readonly from: string;
  readonly to: string;
  readonly monthly: boolean;
  readonly parallel: number;
  readonly baseUrl?: string;
}

export function registerFetch(data: Command, context: CliContext): void {
  data
    .command('fetch')
    .description('Download archives from Binance Vision; what is there and verified is not fetched again')
    .addOption(marketOption().default('spot'))
    .addOption(symbolsOption().makeOptionMandatory())
    .addOption(typesOption().makeOptionMandatory())
    .addOption(intervalsOption())
    .requiredOption('--from <day>', 'first UTC day: 2024-01-01')
    .requiredOption('--to <day>', 'last UTC day, included')
    .option('--monthly', 'fetch monthly archives in place of daily ones', false)
    .option('--parallel <n>', 'downloads at once', positive, 4)
    .option('--base-url <url>', 'in place of https://data.binance.vision (or AEGIS_VISION_URL)')
    .action(async (options: FetchOptions) => {
      const archives = archivesOf(options);
      // Loaded when it is needed: help and completion are to be quick.
      const { fetchArchives } = await import('../../../market/binance/archive/fetch.ts');
      const progress = new WorkProgress(context, 'fetching', 'bytes');
      const results = await interruptible((signal) =>
        fetchArchives({
          visionDir: homePaths(context.home).vision,
          archives,
          parallel: options.parallel,
          signal,
          onProgress: ({ filesDone, files, bytes }) => progress.show({ done: filesDone, total: files, amount: bytes }),
          ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
        }),
      ).finally(() => progress.end());
      presentResults(context, results, progress.elapsed);
    });
}

function presentResults(context: CliContext, results: readonly FetchResult[], elapsedMs: number): void {
  const failures = results.flatMap((result) =>
    result.state === 'failed' ? [{ file: result.source, error: result.error }] : [],
  );
  const of = (state: FetchResult['state']): string[] =>
    results.filter((result) => result.state === state).map((result) => result.source);
  const fetched = of('fetched');
  const alreadyThere = of('present');
  const replaced = of('replaced');
  const result = { fetched, present: alreadyThere, replaced, failures: failureData(failures), elapsedMs };
  present(context, result, () => [
    `fetched ${fetched.length}, already there ${alreadyThere.length}, failed ${failures.length} (${duration(elapsedMs)})`,
    ...replaced.map((source) => `fetched again, because Binance has other bytes now: ${source}`),
    ...(fetched.length + alreadyThere.length > 0 ? ['next: aegisctl data import'] : []),
  ]);
  reportFailures(context, failures);
}

function archivesOf({ market, symbol, type, interval, from, to, monthly }: FetchOptions): ArchiveRef[] {
  const range = parseRange(from, to);
  if (type.includes('klines') && interval === undefined) {
    throw new AegisError('USAGE', 'klines need --interval', { remedy: 'Add --interval 1m, for example.' });
  }
  return type.flatMap((each) =>
    symbol.flatMap((name) =>
      (each === 'klines' ? (interval ?? []) : [undefined]).flatMap((detail) => {
        const kind = monthly || isMonthlyOnly(detail) ? 'month' : 'day';
        return periodsBetween(range.from, range.to, kind).map((period) => ({
          market: MARKET_NAMES[market],
          type: each,
          symbol: name,
          period: period.name,
          ...(detail === undefined ? {} : { interval: detail }),
        }));
      }),
    ),
  );
}
