import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ArchiveFile, type ArchiveRef, visionPath } from '../market/binance/archive/archive-ref.ts';
import { isDataType, isInterval, type Market } from '../model/market.ts';
import { parseTopic } from '../model/topic.ts';
import { type ImportOutcome, type ImportProgress, runImportPool } from './import-pool.ts';
import type { MissingTape } from './plan.ts';

export interface ImportArchivesOptions {
  readonly tapesDir: string;
  readonly archives: readonly ArchiveFile[];
  /** Take archives in place of what was imported before. Default false. */
  readonly replace?: boolean;
  /** Threads; default: one per core. */
  readonly threads?: number;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Imports archives in parallel. What failed is told per file and has changed nothing; the others are imported.
 * Throws INTERRUPTED when `signal` fired.
 */
export function importArchives({ replace = false, ...options }: ImportArchivesOptions): Promise<ImportOutcome> {
  return runImportPool({ ...options, replace });
}

export interface ImportMissingOptions extends Omit<ImportArchivesOptions, 'archives' | 'replace'> {
  /** Folder with archives laid out as on Binance Vision. */
  readonly visionDir: string;
  readonly market: Market;
  readonly missing: readonly MissingTape[];
}

export interface ImportMissingOutcome extends ImportOutcome {
  /** What no archive was found for. */
  readonly notFound: readonly MissingTape[];
}

/** Imports what a plan misses from the Vision folder: the daily archive where there is one, else the monthly one. */
export async function importMissing(options: ImportMissingOptions): Promise<ImportMissingOutcome> {
  const { visionDir, market, missing, ...rest } = options;
  const archives = new Map<string, ArchiveFile>();
  const notFound: MissingTape[] = [];
  for (const wanted of missing) {
    const archive = findArchive(visionDir, market, wanted);
    if (archive === undefined) notFound.push(wanted);
    else archives.set(archive.file, archive);
  }
  return { ...(await importArchives({ ...rest, archives: [...archives.values()] })), notFound };
}

function findArchive(visionDir: string, market: Market, { topic, period }: MissingTape): ArchiveFile | undefined {
  const { type, symbol, detail } = parseTopic(topic);
  if (!isDataType(type)) return undefined;
  if (detail !== undefined && !isInterval(detail)) return undefined;
  const content = { market, type, symbol, ...(detail === undefined ? {} : { interval: detail }) };
  const refs: ArchiveRef[] = [period, period.slice(0, 7)].map((name) => ({ ...content, period: name }));
  return refs
    .map((ref) => ({
      file: path.join(visionDir, visionPath(ref)),
      content,
      period: ref.period,
      source: visionPath(ref),
    }))
    .find(({ file }) => existsSync(file));
}
