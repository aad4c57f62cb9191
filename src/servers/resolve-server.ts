import { join } from 'node:path';
import { AegisError, messageOf } from '../model/errors.ts';
import { buildServer } from './build-server.ts';
import { downloadServer } from './download-server.ts';
import { findOnPath, isExecutableFile } from './find-on-path.ts';
import { withLock } from './process-lock.ts';
import type { OnProgress } from './resolve-progress.ts';
import { addToCache, cachedPath, cacheRoot } from './server-cache.ts';
import type { ServerSpec } from './server-spec.ts';
import { checkVersion } from './server-version.ts';

export interface ResolveOptions {
  /** PATH, AEGIS_CACHE, AEGIS_DOWNLOAD_URL, … Default: of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
}

export interface ResolvedServer {
  readonly path: string;
  readonly source: 'path' | 'cache' | 'download' | 'build';
}

type Attempt = { readonly found: ResolvedServer } | { readonly found?: undefined; readonly problem: string };

/**
 * Finds a server's executable, or makes it: PATH, the user's cache, official download, build from the pinned Go module.
 * @throws AegisError SERVER_UNAVAILABLE with what every step found and what to install
 */
export async function resolveServer(spec: ServerSpec, options: ResolveOptions = {}): Promise<ResolvedServer> {
  const env = options.env ?? process.env;
  const onPath = await lookOnPath(spec, env);
  if (onPath.found !== undefined) return onPath.found;
  const inCache = await lookInCache(spec, env);
  if (inCache.found !== undefined) return inCache.found;
  const made = await makeOnce(spec, env, options.onProgress);
  if (!Array.isArray(made)) return made;
  const findings = [`PATH: ${onPath.problem}`, `cache: ${inCache.problem}`, ...made];
  throw new AegisError(
    'SERVER_UNAVAILABLE',
    `${spec.name} was not found and could not be made:\n  ${findings.join('\n  ')}`,
    {
      remedy: `Install ${spec.installHint} on the PATH, or Go 1.21 or newer and run the same command again.`,
      details: { server: spec.name, findings },
    },
  );
}

async function lookOnPath(spec: ServerSpec, env: NodeJS.ProcessEnv): Promise<Attempt> {
  const problems: string[] = [];
  for (const path of await findOnPath(spec.name, env)) {
    const check = await checkVersion(path, spec);
    if (check.ok) return { found: { path, source: 'path' } };
    problems.push(check.problem);
  }
  return { problem: problems.join('; ') || `no ${spec.name}` };
}

async function lookInCache(spec: ServerSpec, env: NodeJS.ProcessEnv): Promise<Attempt> {
  const path = cachedPath(spec, env);
  return (await isExecutableFile(path)) ? { found: { path, source: 'cache' } } : { problem: `no ${path}` };
}

/** The server, or what each way of making it met. Only one process of the user at a time gets here. */
function makeOnce(
  spec: ServerSpec,
  env: NodeJS.ProcessEnv,
  onProgress?: OnProgress,
): Promise<ResolvedServer | string[]> {
  const lock = join(cacheRoot(env), `${spec.name}-${spec.version}.lock`);
  const started = performance.now();
  const onWait = ({ pid }: { readonly pid: number }): void =>
    onProgress?.({
      server: spec.name,
      step: 'wait',
      elapsedMs: performance.now() - started,
      text: `process ${pid} is already downloading or building it`,
    });
  return withLock(lock, onWait, async () => {
    const meanwhile = await lookInCache(spec, env);
    return meanwhile.found ?? make(spec, env, onProgress);
  });
}

async function make(
  spec: ServerSpec,
  env: NodeJS.ProcessEnv,
  onProgress?: OnProgress,
): Promise<ResolvedServer | string[]> {
  const ways = [
    { source: 'download', make: downloadServer },
    { source: 'build', make: buildServer },
  ] as const;
  const problems: string[] = [];
  for (const way of ways) {
    try {
      const path = await addToCache(spec, env, (folder) =>
        way.make(spec, { folder, env, ...(onProgress === undefined ? {} : { onProgress }) }),
      );
      return { path, source: way.source };
    } catch (error) {
      problems.push(`${way.source}: ${messageOf(error)}`);
    }
  }
  return problems;
}
