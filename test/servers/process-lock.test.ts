import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownIdentity } from '../../src/servers/process-identity.ts';
import { tryLock, unlock, withLock } from '../../src/servers/process-lock.ts';
import { removeFolder, temporaryFolder } from './fake-server.ts';

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  lock = join(folder, 'sub/a.lock');
});
afterEach(() => removeFolder(folder));

test('the second to ask gets to know who has the lock', async () => {
  expect(await tryLock(lock)).toBeUndefined();
  expect(await tryLock(lock)).toEqual({ pid: process.pid, identity: ownIdentity() });
  await unlock(lock);
  expect(await tryLock(lock)).toBeUndefined();
});

test('a lock whose owner is gone is taken over, by one alone', async () => {
  await tryLock(lock);
  // The pid lives, but as another process than the one that took the lock.
  await writeFile(lock, JSON.stringify({ pid: process.pid, identity: 'of an earlier process' }));
  const holders = await Promise.all([tryLock(lock), tryLock(lock), tryLock(lock)]);
  expect(holders.filter((holder) => holder === undefined)).toHaveLength(1);
});

test('work under one lock never overlaps, and a failure releases it', async () => {
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    throw new Error('failed');
  };
  const results = await Promise.allSettled([1, 2, 3].map(() => withLock(lock, () => {}, work)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(most).toBe(1);
  expect(await tryLock(lock)).toBeUndefined();
});
