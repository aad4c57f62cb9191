import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerSpec } from '../../src/servers/server-spec.ts';

/** A server spec that no real server answers to, so that nothing of the machine can be found by mistake. */
export const FAKE_SPEC: ServerSpec = {
  name: 'nats-server',
  version: '2.14.5',
  versionPattern: /fake: v(\d+\.\d+\.\d+)/,
  minimum: '2.14.5',
  module: 'tools/nats',
  ldflags: '-s -w',
  release: (platform, arch) => ({
    archive: `fake/v2.14.5/fake-${platform}-${arch}.tar.gz`,
    checksums: 'fake/v2.14.5/SHA256SUMS',
    executable: 'fake/nats-server',
  }),
  installHint: 'fake server 2.14.5',
};

/** Nobody listens on port 1 of the loopback interface: the download ends at once. */
export const UNREACHABLE = 'http://127.0.0.1:1';

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'aegis-servers-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** An executable shell script that answers `--version`. */
export async function writeFakeServer(path: string, version: string): Promise<void> {
  await writeScript(path, `echo "fake: v${version}"`);
}

export async function writeScript(path: string, body: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}
