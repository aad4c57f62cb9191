import type { Command } from 'commander';
import { type DataType, type Interval, MARKET_NAMES, type MarketName } from '../../../model/market.ts';
import { homePaths } from '../../../model/paths.ts';
import { type CliContext, present } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { count, duration } from '../table.ts';
import { intervalsOption, marketOption, positive, symbolsOption, typesOption } from './options.ts';
import { WorkProgress } from './work-progress.ts';

interface SampleOptions {
  readonly market: MarketName;
  readonly symbol: readonly string[];
  readonly type: readonly DataType[];
  readonly interval: readonly Interval[];
  readonly from: string;
  readonly days: number;
  readonly trades: number;
  readonly seed: number;
}

const DEFAULT_TYPES: readonly DataType[] = ['trades', 'aggTrades', 'klines'];

export function registerSample(data: Command, context: CliContext): void {
  data
    .command('sample')
    .description('Make archives of invented trades, for trying things out without the internet')
    .addOption(marketOption().default('spot'))
    .addOption(symbolsOption().makeOptionMandatory())
    .addOption(typesOption().default(undefined, DEFAULT_TYPES.join(' ')))
    .addOption(intervalsOption().default(undefined, '1m'))
    .requiredOption('--from <day>', 'first UTC day: 2024-01-01')
    .option('--days <n>', 'how many days', positive, 1)
    .option('--trades <n>', 'per symbol and day', positive, 50_000)
    .option('--seed <n>', 'the same seed gives the same bytes', positive, 1)
    .action(async ({ market, symbol, type = DEFAULT_TYPES, interval = ['1m'], ...options }: SampleOptions) => {
      const { vision } = homePaths(context.home);
      // Loaded when it is needed: help and completion are to be quick.
      const { generateSample } = await import('../../../market/binance/sample/generate.ts');
      const progress = new WorkProgress(context, 'making', 'rows');
      const daily = type.filter((each) => each !== 'klines').length + (type.includes('klines') ? interval.length : 0);
      const total = symbol.length * options.days * daily;
      const made = await interruptible((signal) =>
        generateSample({
          visionDir: vision,
          market: MARKET_NAMES[market],
          symbols: symbol,
          from: options.from,
          days: options.days,
          types: type,
          intervals: interval,
          tradesPerDay: options.trades,
          seed: options.seed,
          signal,
          onProgress: ({ files, rows }) => progress.show({ done: files, total: Math.max(total, files), amount: rows }),
        }),
      ).finally(() => progress.end());
      const elapsedMs = progress.elapsed;
      present(context, { ...made, vision, elapsedMs }, () => [
        `made ${made.files} archives with ${count(made.rows)} lines in ${duration(elapsedMs)}, below ${vision}`,
        'next: aegisctl data import',
      ]);
    });
}
