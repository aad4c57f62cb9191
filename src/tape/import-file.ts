import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArchiveFile } from '../market/binance/archive/archive-ref.ts';
import { sha256File, verifyChecksum } from '../market/binance/archive/checksum.ts';
import type { ArchiveFormat } from '../market/binance/archive/format/format.ts';
import { withFormat } from '../market/binance/archive/format/index.ts';
import { linePlan } from '../market/binance/archive/line-plan.ts';
import { type Period, parsePeriod } from '../market/binance/archive/period.ts';
import type { PlainLine } from '../market/binance/archive/plain-line.ts';
import { readArchive, requireFile } from '../market/binance/archive/read-archive.ts';
import type { RowFields } from '../market/binance/archive/row-fields.ts';
import { AegisError } from '../model/errors.ts';
import { listTapes } from './catalog.ts';
import { type CommitResult, commitTapes, sourceConflict } from './commit.ts';
import type { TapeManifest } from './manifest.ts';
import { topicFolder } from './path.ts';
import { NotInOrder, TapeSplit, type TapeSplitOptions } from './split.ts';
import type { StagedTape } from './staging.ts';

export interface ImportFileOptions {
  readonly archive: ArchiveFile;
  readonly tapesDir: string;
  /** Take the archive in place of what was imported before. Default false: SOURCE_CONFLICT. */
  readonly replace?: boolean;
  readonly onProgress?: (rows: number, bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImportFileResult extends CommitResult {
  readonly file: string;
  readonly source: string;
  /** Rows read; 0 when the archive was known and not read again. */
  readonly rows: number;
}

/**
 * Imports one archive: verified, parsed and checked as a whole before anything of it gets into the catalog.
 * Throws DATA_NOT_FOUND, CHECKSUM_MISMATCH, ARCHIVE_DAMAGED, ROW_INVALID, SOURCE_CONFLICT, INTERRUPTED.
 */
export async function importFile(options: ImportFileOptions): Promise<ImportFileResult> {
  const { archive, tapesDir, replace = false } = options;
  const { file, source } = archive;
  await requireFile(file);
  const sourceSha256 = await sha256File(file);
  const fileWarnings = await checkSource(file, sourceSha256);
  const known = tapesOfSource(options);
  const conflicting = known.find((tape) => tape.sourceSha256 !== sourceSha256);
  if (conflicting !== undefined && !replace) throw sourceConflict(conflicting, { source, sourceSha256 });
  if (conflicting === undefined && isWhole(known)) return { file, source, rows: 0, written: [], unchanged: known };

  const { staged, rows } = await withFormat(archive.content.type, {
    visit: (format) => stageInOrder(options, { tapesDir, format, sourceSha256, fileWarnings }),
  });
  return { file, source, rows, ...commitTapes(staged, replace) };
}

async function checkSource(file: string, sha256: string): Promise<string[]> {
  if (!file.endsWith('.zip')) return [];
  const checksum = `${file}.CHECKSUM`;
  if (!existsSync(checksum)) return ['there was no .CHECKSUM file beside the archive'];
  verifyChecksum(file, sha256, await readFile(checksum, 'utf8'));
  return [];
}

/** Tapes that were made from an archive of this name. */
function tapesOfSource({ archive, tapesDir }: ImportFileOptions): TapeManifest[] {
  const { market, type, symbol, interval } = archive.content;
  const topic = interval === undefined ? `${type}.${symbol}` : `${type}.${symbol}.${interval}`;
  return listTapes(tapesDir, topicFolder(market, topic), archive.period).flatMap(({ found }) =>
    found.state === 'good' && found.manifest.source === archive.source ? [found.manifest] : [],
  );
}

function isWhole(tapes: readonly TapeManifest[]): boolean {
  return tapes.at(-1)?.lastPart === true && tapes.every((tape, index) => tape.part === index);
}

interface Staged {
  readonly staged: readonly StagedTape[];
  readonly rows: number;
}

type StageBasis<R> = Pick<TapeSplitOptions<R>, 'tapesDir' | 'format' | 'sourceSha256' | 'fileWarnings'>;

/** Streams the rows into tapes; an archive that turns out not to be in order of time is read again and sorted. */
async function stageInOrder<R>(options: ImportFileOptions, basis: StageBasis<R>): Promise<Staged> {
  try {
    return await stage(options, basis, false);
  } catch (error) {
    if (!(error instanceof NotInOrder)) throw error;
    const fileWarnings = [...basis.fileWarnings, 'the rows were not in order of time and have been sorted'];
    return stage(options, { ...basis, fileWarnings }, true);
  }
}

/** @param sorted holds all rows in memory and sorts them by time, keeping the order of equal times. */
async function stage<R>(options: ImportFileOptions, basis: StageBasis<R>, sorted: boolean): Promise<Staged> {
  const { archive, onProgress, signal } = options;
  const { content, source, file } = archive;
  const { format } = basis;
  const period = archive.period === undefined ? undefined : namedPeriod(file, archive.period);
  const series = content.interval === undefined ? undefined : format.series?.(content.interval);
  const plan = sorted ? undefined : linePlan(format, content);
  const split = new TapeSplit<R>({ ...basis, content, source, period, series, plan });
  const takeLine = (line: PlainLine): boolean => {
    if (period !== undefined && !isWithin(period, format, line.dayTime)) return false;
    if (series !== undefined && !series.takes(line.dayTime, Math.floor(line.timeUs / 1000))) return false;
    split.addLine(line);
    return true;
  };
  const held: { readonly record: R; readonly timeUs: number }[] = [];
  try {
    const { rows, writtenAt, entry } = await readArchive({
      archive,
      format,
      onRow: (record, timeUs, fields) => {
        if (record === undefined) return split.warn(`line ${fields.line} has an empty value and was left out`);
        if (period !== undefined) requireWithin(period, format, record, fields);
        series?.next(record, fields);
        if (sorted) held.push({ record, timeUs });
        else split.add(record, timeUs);
      },
      ...(plan === undefined ? {} : { plain: { line: plan.line, take: () => takeLine(plan.line) } }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (entry !== undefined && entry !== path.basename(file).replace(/zip$/, 'csv')) {
      split.warn(`the zip contains a file of another name: ${entry}`);
    }
    held.sort((a, b) => a.timeUs - b.timeUs);
    for (const { record, timeUs } of held) split.add(record, timeUs);
    return { staged: split.finish(writtenAt), rows };
  } catch (error) {
    split.abort();
    throw error;
  }
}

function isWithin<R>(period: Period, { spillMs = 0 }: ArchiveFormat<R>, dayTime: number): boolean {
  return dayTime >= period.start && dayTime < period.end + spillMs;
}

function requireWithin<R>(period: Period, format: ArchiveFormat<R>, record: R, fields: RowFields): void {
  const time = format.dayTime(record);
  if (isWithin(period, format, time)) return;
  fields.fail(0, `the row is of ${new Date(time).toISOString()}, the file of ${period.name}`);
}

function namedPeriod(file: string, name: string): Period {
  try {
    return parsePeriod(name);
  } catch (error) {
    throw new AegisError('USAGE', `the file name has an impossible date: ${name}`, { where: file, cause: error });
  }
}
