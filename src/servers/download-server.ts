import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { OnProgress } from './resolve-progress.ts';
import type { ServerSpec } from './server-spec.ts';

const run = promisify(execFile);
const OFFICIAL_HOST = 'https://github.com';
const REACHABLE_WITHIN_MS = 4_000;
const ARCHIVE_WITHIN_MS = 10 * 60_000;
const PROGRESS_EVERY_BYTES = 1024 * 1024;
/** Node's names to those of the releases. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface DownloadOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
  readonly platform?: string;
  readonly arch?: string;
}

/**
 * Loads the official release of a server, compares it with the release's checksum file and unpacks it.
 * AEGIS_DOWNLOAD_URL names a mirror with the paths of GitHub.
 * @returns the path of the executable
 * @throws Error that says what went wrong, with the address
 */
export async function downloadServer(spec: ServerSpec, options: DownloadOptions): Promise<string> {
  const { folder, env, platform = process.platform, arch = process.arch } = options;
  const releaseArch = ARCHITECTURES[arch];
  if (releaseArch === undefined || !['linux', 'darwin'].includes(platform)) {
    throw new Error(`there is no release for ${platform} on ${arch}`);
  }
  const base = (env.AEGIS_DOWNLOAD_URL || OFFICIAL_HOST).replace(/\/+$/, '');
  const files = spec.release(platform, releaseArch);
  const expected = await fetchChecksum(`${base}/${files.checksums}`, basename(files.archive));
  const archive = join(folder, 'archive.tar.gz');
  const url = `${base}/${files.archive}`;
  const actual = await fetchArchive(url, archive, spec, options.onProgress);
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, its release says ${expected}`);
  await run('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, files.executable);
}

/** Small and first: it also tells within seconds whether the host can be reached at all. */
async function fetchChecksum(url: string, file: string): Promise<string> {
  const response = await get(url, REACHABLE_WITHIN_MS);
  const lines = (await response.text()).split('\n').map((line) => line.trim().split(/\s+\*?/));
  const checksum = lines.find(([, name]) => name === file)?.[0];
  if (checksum === undefined || !/^[0-9a-f]{64}$/.test(checksum)) throw new Error(`${url} has no SHA-256 of ${file}`);
  return checksum;
}

async function fetchArchive(url: string, path: string, spec: ServerSpec, onProgress?: OnProgress): Promise<string> {
  const started = performance.now();
  const response = await get(url, ARCHIVE_WITHIN_MS);
  if (response.body === null) throw new Error(`${url} came without content`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const hash = createHash('sha256');
  let loaded = 0;
  let told = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      loaded += chunk.length;
      if (loaded - told >= PROGRESS_EVERY_BYTES || loaded === total) {
        told = loaded;
        const text = `${megabytes(loaded)}${total > 0 ? ` of ${megabytes(total)}` : ''} MB`;
        onProgress?.({ server: spec.name, step: 'download', elapsedMs: performance.now() - started, text });
      }
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(path, { mode: 0o600 }));
  return hash.digest('hex');
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new Error(`${url} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response;
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
