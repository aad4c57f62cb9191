import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AegisError, messageOf } from '../../../model/errors.ts';
import { parseChecksum, sha256File } from './checksum.ts';
import { getBytes, getText, type VisionServer, visionUrl } from './vision-http.ts';

export interface FetchOneOptions extends VisionServer {
  /** Folder with archives laid out as on Binance Vision. */
  readonly visionDir: string;
  /** Path of the archive on Binance Vision, without a leading slash. */
  readonly source: string;
  /** How often a failed download is tried again. */
  readonly retries: number;
  /** Pause before the first new try, ms; doubled each time. */
  readonly backoffMs: number;
  readonly onBytes: (bytes: number) => void;
}

/** `present`: it was there and verified. `replaced`: it was there with other bytes than Binance has now. */
export type FetchedState = 'fetched' | 'present' | 'replaced';

const ABANDONED_MS = 60 * 60_000;

/**
 * Fetches one archive and its .CHECKSUM. The archive appears under its name only when its hash is right.
 * Throws NOT_PUBLISHED, CHECKSUM_MISMATCH, DOWNLOAD_FAILED, INTERRUPTED.
 */
export async function fetchOne(options: FetchOneOptions): Promise<FetchedState> {
  const file = path.join(options.visionDir, options.source);
  const name = path.basename(file);
  await mkdir(path.dirname(file), { recursive: true });
  const checksum = await retried(options, () => getText(options, `${options.source}.CHECKSUM`));
  const expected = parseChecksum(checksum, name);
  const there = existsSync(file);
  if (there && (await sha256File(file)) === expected) {
    await put(`${file}.CHECKSUM`, checksum);
    return 'present';
  }
  await removeAbandoned(file);
  await retried(options, () => download(options, file, expected));
  await put(`${file}.CHECKSUM`, checksum);
  return there ? 'replaced' : 'fetched';
}

async function retried<T>(options: FetchOneOptions, attempt: () => Promise<T>): Promise<T> {
  const { retries, backoffMs, signal, source } = options;
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw new AegisError('INTERRUPTED', 'the download was interrupted', { where: source });
      if (AegisError.is(error) && (error.code !== 'CHECKSUM_MISMATCH' || tried >= retries)) throw error;
      if (tried >= retries) {
        throw new AegisError('DOWNLOAD_FAILED', `${reasonOf(error)} (tried ${tried + 1} times)`, {
          where: visionUrl(options, source),
          cause: error,
        });
      }
      await delay(backoffMs * 2 ** tried, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** `fetch` hides what went wrong in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof TypeError ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

async function download(options: FetchOneOptions, file: string, expected: string): Promise<void> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  const handle = await open(part, 'wx');
  const hash = createHash('sha256');
  try {
    await getBytes(options, options.source, async (chunk) => {
      hash.update(chunk);
      await handle.write(chunk);
      options.onBytes(chunk.length);
    });
    await handle.sync();
    const actual = hash.digest('hex');
    if (actual !== expected) {
      throw new AegisError(
        'CHECKSUM_MISMATCH',
        `SHA-256 of the bytes is ${actual}, the checksum file says ${expected}`,
        {
          where: visionUrl(options, options.source),
          remedy: 'Try again later: the archive may be being replaced at this moment.',
        },
      );
    }
    await rename(part, file);
  } finally {
    await handle.close();
    await rm(part, { force: true });
  }
}

async function put(file: string, text: string): Promise<void> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  await writeFile(part, text);
  await rename(part, file);
}

/** Removes what killed downloads of this archive left; a living one writes all the time. */
async function removeAbandoned(file: string): Promise<void> {
  const folder = path.dirname(file);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${path.basename(file)}.`) || !name.endsWith('.part')) continue;
    const found = await stat(path.join(folder, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(path.join(folder, name), { force: true });
  }
}
