import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloadServer } from '../../src/servers/download-server.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC, TEMPORAL_SPEC } from '../../src/servers/server-spec.ts';
import { FAKE_SPEC, removeFolder, temporaryFolder, writeFakeServer } from './fake-server.ts';

let folder: string;
let server: Server;
let base: string;
/** Path on the server → what it answers. */
let files: Map<string, Buffer>;
let requests: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  files = new Map();
  requests = [];
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const body = files.get(path);
    response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  base = `http://127.0.0.1:${address.port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await removeFolder(folder);
});

async function archiveWith(version: string): Promise<Buffer> {
  await writeFakeServer(join(folder, 'pack/fake/nats-server'), version);
  return execFileSync('tar', ['-czf', '-', '-C', join(folder, 'pack'), 'fake']);
}

function publish(archive: Buffer, checksum = createHash('sha256').update(archive).digest('hex')): void {
  const { archive: path, checksums } = FAKE_SPEC.release('linux', 'amd64');
  const name = path.slice(path.lastIndexOf('/') + 1);
  files.set(`/${path}`, archive);
  files.set(`/${checksums}`, Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${checksum}  ${name}\n`));
}

const LINUX = { platform: 'linux', arch: 'x64' };

test('the release is loaded, checked, unpacked and cached', async (context) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return context.skip();
  publish(await archiveWith('2.14.5'));
  const told: string[] = [];
  const env = { PATH: '/usr/bin:/bin', AEGIS_CACHE: join(folder, 'cache'), AEGIS_DOWNLOAD_URL: `${base}/` };
  const resolved = await resolveServer(FAKE_SPEC, { env, onProgress: ({ text }) => told.push(text) });
  expect(resolved).toEqual({ path: join(folder, 'cache/nats-server-2.14.5/nats-server'), source: 'download' });
  expect(await readFile(resolved.path, 'utf8')).toContain('fake: v2.14.5');
  expect(await readdir(join(folder, 'cache'))).toEqual(['nats-server-2.14.5']);
  expect(told.at(-1)).toMatch(/^0\.0 of 0\.0 MB$/);
});

test('an archive that is not what its release says is refused', async () => {
  publish(await archiveWith('2.14.5'), 'a'.repeat(64));
  const work = downloadServer(FAKE_SPEC, { folder, env: { AEGIS_DOWNLOAD_URL: base }, ...LINUX });
  await expect(work).rejects.toThrow(/has SHA-256 [0-9a-f]{64}, its release says a{64}/);
});

test('a release without a checksum of the archive is refused before the archive is loaded', async () => {
  files.set('/fake/v2.14.5/SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n`));
  const work = downloadServer(FAKE_SPEC, { folder, env: { AEGIS_DOWNLOAD_URL: base }, ...LINUX });
  await expect(work).rejects.toThrow('has no SHA-256 of fake-linux-amd64.tar.gz');
  expect(requests).toEqual(['/fake/v2.14.5/SHA256SUMS']);
});

test('an answer other than 200 is told with its address', async () => {
  const work = downloadServer(FAKE_SPEC, { folder, env: { AEGIS_DOWNLOAD_URL: base }, ...LINUX });
  await expect(work).rejects.toThrow(`${base}/fake/v2.14.5/SHA256SUMS answers 404`);
});

test('a platform without a release is told, without any request', async () => {
  const options = { folder, env: { AEGIS_DOWNLOAD_URL: base }, platform: 'freebsd', arch: 'x64' };
  await expect(downloadServer(FAKE_SPEC, options)).rejects.toThrow('there is no release for freebsd on x64');
  expect(requests).toEqual([]);
});

test('the official addresses are those of the pinned releases', () => {
  expect(NATS_SPEC.release('linux', 'arm64')).toEqual({
    archive: 'nats-io/nats-server/releases/download/v2.14.5/nats-server-v2.14.5-linux-arm64.tar.gz',
    checksums: 'nats-io/nats-server/releases/download/v2.14.5/SHA256SUMS',
    executable: 'nats-server-v2.14.5-linux-arm64/nats-server',
  });
  expect(TEMPORAL_SPEC.release('darwin', 'amd64')).toEqual({
    archive: 'temporalio/cli/releases/download/v1.8.2/temporal_cli_1.8.2_darwin_amd64.tar.gz',
    checksums: 'temporalio/cli/releases/download/v1.8.2/checksums.txt',
    executable: 'temporal',
  });
});

test('the versions asked for are those that the Go modules pin', async () => {
  expect(await readFile('tools/nats/go.mod', 'utf8')).toContain(`nats-server/v2 v${NATS_SPEC.version} `);
  expect(await readFile('tools/temporal/go.mod', 'utf8')).toContain(`temporalio/cli v${TEMPORAL_SPEC.version}\n`);
});
