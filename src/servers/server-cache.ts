import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ServerSpec } from './server-spec.ts';
import { checkVersion } from './server-version.ts';

/** Where servers are kept for all projects of a user: AEGIS_CACHE, else `aegis/servers` in the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  if (env.AEGIS_CACHE) return env.AEGIS_CACHE;
  const userCache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(userCache, 'aegis', 'servers');
}

export function cachedPath(spec: ServerSpec, env: NodeJS.ProcessEnv): string {
  return join(cacheRoot(env), `${spec.name}-${spec.version}`, spec.name);
}

/**
 * Lets `make` produce the executable in a folder of its own, checks that it runs, and only then puts it into the
 * cache: nobody ever finds half a server there.
 * @param make gets the empty folder and returns the path of the executable inside it
 * @returns the path in the cache
 */
export async function addToCache(
  spec: ServerSpec,
  env: NodeJS.ProcessEnv,
  make: (folder: string) => Promise<string>,
): Promise<string> {
  const target = cachedPath(spec, env);
  await mkdir(cacheRoot(env), { recursive: true, mode: 0o700 });
  const staging = await mkdtemp(join(cacheRoot(env), `.${spec.name}-`));
  try {
    const made = await make(staging);
    await chmod(made, 0o755);
    const check = await checkVersion(made, spec);
    if (!check.ok) throw new Error(check.problem);
    await mkdir(join(target, '..'), { recursive: true });
    await rename(made, target);
    return target;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
