import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, ownIdentity } from './process-identity.ts';

const POLL_MS = 250;
/** Taking over takes milliseconds; who is older has died in the middle of it. */
const TAKEOVER_STALE_MS = 5_000;

const Holder = z.object({ pid: z.number().int().positive(), identity: z.string() });
export type LockHolder = z.infer<typeof Holder>;

/**
 * Takes a lock file, also one whose owner is gone.
 * @returns undefined when the lock is ours now, else the living process that has it
 */
export async function tryLock(path: string): Promise<LockHolder | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  while (!(await create(path))) {
    const holder = await readHolder(path);
    if (holder !== undefined && isAlive(holder)) return holder;
    if (holder !== undefined) await removeStale(path);
  }
  return undefined;
}

export async function unlock(path: string): Promise<void> {
  await rm(path, { force: true });
}

/**
 * Runs `work` while no other process holds the lock.
 * @param onWait is called once with the process that must end its work first
 */
export async function withLock<T>(
  path: string,
  onWait: (holder: LockHolder) => void,
  work: () => Promise<T>,
): Promise<T> {
  let holder = await tryLock(path);
  if (holder !== undefined) onWait(holder);
  while (holder !== undefined) {
    await delay(POLL_MS);
    holder = await tryLock(path);
  }
  try {
    return await work();
  } finally {
    await unlock(path);
  }
}

function isAlive({ pid, identity }: LockHolder): boolean {
  return identify(pid) === identity;
}

async function create(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${performance.now()}`;
  await writeFile(own, JSON.stringify({ pid: process.pid, identity: ownIdentity() }), { mode: 0o600 });
  try {
    // A link appears together with its content: nobody reads a lock that does not say yet whose it is.
    await link(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** One at a time, and after a second look: else a slow remover would remove the lock of the next owner. */
async function removeStale(path: string): Promise<void> {
  const takeover = `${path}.takeover`;
  if (!(await create(takeover))) {
    const age = await ageMs(takeover);
    if (age !== undefined && age > TAKEOVER_STALE_MS) await rm(takeover, { force: true });
    await delay(POLL_MS);
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && !isAlive(holder)) await rm(path, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}

/** Undefined when the lock has just been released. */
async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return Holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
