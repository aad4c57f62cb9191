import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { AegisError } from '../../model/errors.ts';

/** `sun_path` holds 108 bytes with its end mark. */
const MAX_PATH_BYTES = 107;

/** Removes a stale socket file, listens, and makes the socket the owner's alone. Throws INVALID_SPEC when the path is too long. */
export async function listenOwnerOnly(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new AegisError('INVALID_SPEC', `the path of a socket is longer than ${MAX_PATH_BYTES} bytes`, {
      where: path,
      remedy: 'Choose a shorter AEGIS_HOME.',
    });
  }
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
  await chmod(path, 0o600);
}
