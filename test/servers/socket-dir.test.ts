import { once } from 'node:events';
import { chmod, mkdir, rmdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_SOCKET_PATH, socketDir, socketDirPath } from '../../src/servers/socket-dir.ts';
import { removeFolder, temporaryFolder } from './fake-server.ts';

const LONGEST = `d-${'x'.repeat(24)}.sock`;
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => removeFolder(folder));

/** A home whose longest socket path has exactly this many bytes. */
function homeFor(bytes: number): string {
  const rest = bytes - `${folder}//run/sock/${LONGEST}`.length;
  return `${folder}/${'h'.repeat(rest)}`;
}

test('the folder is in the home as long as the longest socket path fits', async () => {
  const fitting = homeFor(MAX_SOCKET_PATH);
  expect(socketDirPath(fitting)).toBe(`${fitting}/run/sock`);
  expect(socketDirPath(`${fitting}h`, { XDG_RUNTIME_DIR: folder })).toMatch(
    new RegExp(`^${folder}/aegis-\\d+-[0-9a-f]{8}$`),
  );
});

test('a socket of the longest name can be opened there', async () => {
  const path = await socketDir(homeFor(MAX_SOCKET_PATH));
  const server = createServer().listen(join(path, LONGEST));
  await once(server, 'listening');
  server.close();
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('the short folder depends on the home alone and is the same again', () => {
  const long = homeFor(MAX_SOCKET_PATH + 1);
  expect(socketDirPath(long, {})).toBe(socketDirPath(long, {}));
  expect(socketDirPath(long, {})).not.toBe(socketDirPath(`${long}2`, {}));
  expect(socketDirPath(long, {})).toMatch(/^\/tmp\/aegis-/);
});

test('bytes count, not characters', () => {
  const home = homeFor(MAX_SOCKET_PATH);
  expect(socketDirPath(`${home.slice(0, -1)}é`, {})).toMatch(/^\/tmp\//);
});

test('a runtime folder that is itself too long is not used', () => {
  const long = homeFor(MAX_SOCKET_PATH + 1);
  expect(socketDirPath(long, { XDG_RUNTIME_DIR: long })).toMatch(/^\/tmp\/aegis-/);
});

test('a folder that is open to others is refused', async () => {
  const path = await socketDir(folder);
  await chmod(path, 0o755);
  await expect(socketDir(folder)).rejects.toMatchObject({ code: 'START_REFUSED', where: path });
  await rmdir(path);
  await mkdir(path, { mode: 0o700 });
  expect(await socketDir(folder)).toBe(path);
});
