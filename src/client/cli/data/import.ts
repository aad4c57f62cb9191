import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { type ArchiveFile, type ArchiveHints, identifyArchive } from '../../../market/binance/archive/archive-ref.ts';
import { AegisError } from '../../../model/errors.ts';
import { type DataType, type Interval, MARKET_NAMES, type MarketName } from '../../../model/market.ts';
import { homePaths } from '../../../model/paths.ts';
import type { ImportOutcome } from '../../../tape/import-pool.ts';
import { type CliContext, present } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { count, duration, plural } from '../table.ts';
import { type FileFailure, failureData, reportFailures } from './failures.ts';
import { dataType, interval, marketOption, positive, symbol } from './options.ts';
import { WorkProgress } from './work-progress.ts';

interface ImportOptions {
  readonly market?: MarketName;
  readonly type?: DataType;
  readonly symbol?: string;
  readonly interval?: Interval;
  readonly replace: boolean;
  readonly threads?: number;
}

export function registerImport(data: Command, context: CliContext): void {
  data
    .command('import [paths...]')
    .description('Turn archives (zip or CSV, or folders of them) into tapes; default: everything that was fetched')
    .addOption(marketOption())
    .addOption(new Option('--type <type>', 'where the path does not tell').argParser(dataType))
    .addOption(new Option('--symbol <symbol>', 'where the path does not tell').argParser(symbol))
    .addOption(new Option('--interval <interval>', 'of klines, where the path does not tell').argParser(interval))
    .option('--replace', 'take the archives in place of what was imported before', false)
    .option('--threads <n>', 'worker threads (default: one per core)', positive)
    .action(async (paths: string[], options: ImportOptions) => {
      const { vision, tapes } = homePaths(context.home);
      // Loaded when it is needed: help and completion are to be quick.
      const { importArchives } = await import('../../../tape/import.ts');
      const { archives, failures } = identifyAll(paths.length > 0 ? paths : [vision], hintsOf(options));
      const progress = new WorkProgress(context, 'importing', 'rows');
      const outcome = await interruptible((signal) =>
        importArchives({
          tapesDir: tapes,
          archives,
          replace: options.replace,
          signal,
          onProgress: ({ filesDone, files, rows }) => progress.show({ done: filesDone, total: files, amount: rows }),
          ...(options.threads === undefined ? {} : { threads: options.threads }),
        }),
      ).finally(() => progress.end());
      presentOutcome(context, { ...outcome, failures: [...failures, ...outcome.failures] }, progress.elapsed);
    });
}

function hintsOf({ market, type, symbol: name, interval: detail }: ImportOptions): ArchiveHints {
  return {
    ...(market === undefined ? {} : { market: MARKET_NAMES[market] }),
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { symbol: name }),
    ...(detail === undefined ? {} : { interval: detail }),
  };
}

interface Identified {
  readonly archives: ArchiveFile[];
  readonly failures: FileFailure[];
}

function identifyAll(paths: readonly string[], hints: ArchiveHints): Identified {
  const archives: ArchiveFile[] = [];
  const failures: FileFailure[] = [];
  for (const file of paths.flatMap(filesAt)) {
    try {
      archives.push(identifyArchive(file, hints));
    } catch (error) {
      if (!AegisError.is(error)) throw error;
      failures.push({ file, error });
    }
  }
  return { archives, failures };
}

/** The archives at a path: the file itself, or what a folder contains. */
function filesAt(given: string): string[] {
  if (!existsSync(given)) throw new AegisError('DATA_NOT_FOUND', 'there is no such file or folder', { where: given });
  if (!statSync(given).isDirectory()) return [given];
  const files = readdirSync(given, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(zip|csv)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new AegisError('DATA_NOT_FOUND', 'the folder contains no archive', { where: given });
  return files;
}

function presentOutcome(context: CliContext, { results, failures }: ImportOutcome, elapsedMs: number): void {
  const written = results.flatMap((result) => result.written);
  const unchanged = results.flatMap((result) => result.unchanged);
  const rows = results.reduce((sum, result) => sum + result.rows, 0);
  const result = { written, unchanged: unchanged.length, rows, failures: failureData(failures), elapsedMs };
  present(context, result, () => [
    `imported ${count(rows)} rows into ${plural(written.length, 'tape')} in ${duration(elapsedMs)} (${count(rows / Math.max(elapsedMs / 1_000, 1e-3))} rows/s)`,
    ...(unchanged.length > 0 ? [`${plural(unchanged.length, 'tape')} there already`] : []),
    ...written.flatMap((tape) => [...gapLines(tape), ...tape.warnings.map((text) => `  ${nameOf(tape)}: ${text}`)]),
  ]);
  reportFailures(context, failures);
}

type Written = ImportOutcome['results'][number]['written'][number];

function nameOf({ market, type, symbol: name, interval: detail, period }: Written): string {
  return [market, type, name, detail, period].filter((part) => part !== undefined).join(' ');
}

function gapLines(tape: Written): string[] {
  return tape.gaps.map(
    ({ from, to, kind }) =>
      `  ${nameOf(tape)}: gap (${kind}) ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
  );
}
