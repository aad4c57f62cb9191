import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEndpoints, removeEndpoints, writeEndpoints } from '../../src/servers/endpoints.ts';
import { ownIdentity } from '../../src/servers/process-identity.ts';
import { removeFolder, temporaryFolder } from './fake-server.ts';

const OWN = {
  host: 'h1',
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: 'http://127.0.0.1:8233' },
  nats: { url: 'nats://127.0.0.1:4222' },
  controlSocket: '/tmp/c.sock',
};
let home: string;
let file: string;

beforeEach(async () => {
  home = await temporaryFolder();
  file = join(home, 'run/endpoints.json');
});
afterEach(() => removeFolder(home));

test('what one process writes another reads, in a file for the owner alone', async () => {
  expect(await readEndpoints(home)).toBeUndefined();
  const written = await writeEndpoints(home, OWN);
  expect(await readEndpoints(home)).toEqual(written);
  expect(written).toMatchObject({ version: 1, pid: process.pid, identity: ownIdentity(), ...OWN });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('endpoints of a process that is gone are none, also when its pid lives again', async () => {
  const written = await writeEndpoints(home, OWN);
  await writeFile(file, JSON.stringify({ ...written, identity: 'of an earlier process' }));
  expect(await readEndpoints(home)).toBeUndefined();
});

test('a file that cannot be understood is an error that names it', async () => {
  await writeEndpoints(home, OWN);
  await writeFile(file, '{"version":2}');
  await expect(readEndpoints(home)).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN', where: file });
});

test('a process removes its own endpoints only', async () => {
  const written = await writeEndpoints(home, OWN);
  await writeFile(file, JSON.stringify({ ...written, pid: 1 }));
  await removeEndpoints(home);
  expect(await readFile(file, 'utf8')).toContain('"pid":1');
  await writeEndpoints(home, OWN);
  await removeEndpoints(home);
  await expect(stat(file)).rejects.toThrow();
});
