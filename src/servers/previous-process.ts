import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, signalProcess } from './process-identity.ts';

const POLL_MS = 50;
/** A server that was told to end may finish what it is writing. */
const GRACE_MS = 10_000;

/**
 * Waits until the server that this file names is gone. Its parent may have been killed a moment ago, and it needs a while
 * to notice and to end: two servers at once on the same files would spoil them. One that does not end is killed.
 */
export async function awaitPrevious(pidFile: string): Promise<void> {
  const [pid = Number.NaN, identity = ''] = await read(pidFile);
  const deadline = performance.now() + GRACE_MS;
  if (!signalProcess(pid, identity, 'SIGTERM')) return;
  while (identify(pid) === identity) {
    if (performance.now() > deadline) signalProcess(pid, identity, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** Remembers the server for whoever starts the next one. */
export async function recordProcess(pidFile: string, pid: number): Promise<void> {
  await writeFile(pidFile, JSON.stringify([pid, identify(pid) ?? '']), { mode: 0o600 });
}

async function read(pidFile: string): Promise<[number?, string?]> {
  try {
    return JSON.parse(await readFile(pidFile, 'utf8'));
  } catch {
    // There is none, or its write was cut off: nobody to wait for.
    return [];
  }
}
