import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, isAbsolute } from 'node:path';
import { AegisError } from '../../model/errors.ts';

/** What fits the address of a Unix socket. */
const MAX_PATH_BYTES = 107;

/**
 * Listens at a path that only its owner can open. The folder is made (0700) when it is missing; a socket file that
 * nobody listens at is removed.
 */
export async function listenAt(server: Server, path: string): Promise<void> {
  checkPath(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(path, 0o600);
}

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (isAbsolute(path) && bytes <= MAX_PATH_BYTES) return;
  throw new AegisError('INVALID_SPEC', `a socket path must be absolute and have at most ${MAX_PATH_BYTES} bytes`, {
    where: path,
    remedy: 'Choose a shorter AEGIS_HOME.',
    details: { bytes },
  });
}

async function removeStale(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket()) {
    throw new AegisError('START_REFUSED', 'there is a file that is not a socket', { where: path });
  }
  if (await somebodyListens(path)) {
    throw new AegisError('START_REFUSED', 'another server listens at this socket', { where: path });
  }
  await unlink(path);
}

function somebodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
