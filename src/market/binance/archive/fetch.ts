import { AegisError, messageOf } from '../../../model/errors.ts';
import { type ArchiveRef, visionPath } from './archive-ref.ts';
import { type FetchedState, fetchOne } from './fetch-one.ts';

export const VISION_URL = 'https://data.binance.vision';

export interface FetchProgress {
  readonly files: number;
  readonly filesDone: number;
  /** Bytes of zips received so far. */
  readonly bytes: number;
}

export interface FetchArchivesOptions {
  /** Default: the environment's AEGIS_VISION_URL, else Binance Vision. */
  readonly baseUrl?: string;
  /** Folder that receives the archives, laid out as on Binance Vision. */
  readonly visionDir: string;
  readonly archives: readonly ArchiveRef[];
  /** Downloads at once. Default 4. */
  readonly parallel?: number;
  /** How often a failed download is tried again. Default 4. */
  readonly retries?: number;
  /** Pause before the first new try, ms, doubled each time. Default 500. */
  readonly backoffMs?: number;
  /** A connection that delivers nothing for so long is given up, ms. Default 30,000. */
  readonly idleMs?: number;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

export type FetchResult =
  | { readonly source: string; readonly state: FetchedState }
  | { readonly source: string; readonly state: 'failed'; readonly error: AegisError };

/**
 * Fetches archives in parallel, in the order given. Archives that are there and verified are not fetched again: an
 * interrupted run continues where it stopped. What failed is told per archive. Throws INTERRUPTED.
 */
export async function fetchArchives(options: FetchArchivesOptions): Promise<FetchResult[]> {
  const { archives, visionDir, parallel = 4, retries = 4, backoffMs = 500, idleMs = 30_000, onProgress } = options;
  const baseUrl = options.baseUrl ?? process.env.AEGIS_VISION_URL ?? VISION_URL;
  const signal = options.signal ?? new AbortController().signal;
  const sources = archives.map(visionPath);
  const results = new Map<string, FetchResult>();
  const progress = { files: sources.length, filesDone: 0, bytes: 0 };
  const onBytes = (bytes: number): void => {
    progress.bytes += bytes;
    onProgress?.({ ...progress });
  };
  const waiting = sources.values();

  const download = async (): Promise<void> => {
    for (const source of waiting) {
      if (signal.aborted) return;
      try {
        const state = await fetchOne({ baseUrl, visionDir, source, retries, backoffMs, idleMs, onBytes, signal });
        results.set(source, { source, state });
      } catch (error) {
        results.set(source, { source, state: 'failed', error: asAegisError(error, source) });
      }
      progress.filesDone++;
      onProgress?.({ ...progress });
    }
  };

  await Promise.all(Array.from({ length: Math.min(parallel, sources.length) }, download));
  if (signal.aborted) throw new AegisError('INTERRUPTED', 'the download was interrupted; finished archives are kept');
  return sources.flatMap((source) => results.get(source) ?? []);
}

function asAegisError(error: unknown, where: string): AegisError {
  return AegisError.is(error) ? error : new AegisError('DOWNLOAD_FAILED', messageOf(error), { where, cause: error });
}
