import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AegisError } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';

/** Length of a socket's path that the system takes, without the closing zero. */
export const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;
/** The longest name in the folder: `d-`, 24 characters, `.sock`. */
const LONGEST_NAME = `/d-${'x'.repeat(24)}.sock`;

/**
 * The folder of the control socket and the data sockets (0700, owned by us): `<home>/run/sock`, or, where that makes
 * a path too long for a socket, a short one in XDG_RUNTIME_DIR or /tmp whose name depends on the home alone.
 * Made if it is not there; the same after every restart.
 */
export async function socketDir(home: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = socketDirPath(home, env);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const owner = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o077) !== 0) {
    throw new AegisError('START_REFUSED', 'the folder of the sockets is open to others', {
      where: path,
      remedy: 'It must be a folder of yours with rights 0700: remove it, Aegis makes it again.',
    });
  }
  return path;
}

/** Where {@link socketDir} is, without touching the disk. */
export function socketDirPath(home: string, env: NodeJS.ProcessEnv = process.env): string {
  const absolute = resolve(home);
  const name = createHash('sha256').update(absolute).digest('hex').slice(0, 8);
  const short = `aegis-${process.getuid?.() ?? 0}-${name}`;
  const candidates = [
    `${homePaths(absolute).state}/sock`,
    ...(env.XDG_RUNTIME_DIR ? [`${env.XDG_RUNTIME_DIR}/${short}`] : []),
  ];
  return candidates.find(fits) ?? `/tmp/${short}`;
}

function fits(folder: string): boolean {
  return Buffer.byteLength(folder + LONGEST_NAME) <= MAX_SOCKET_PATH;
}
