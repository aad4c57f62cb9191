import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AegisError } from '../../src/model/errors.ts';
import { progressLine, type ResolveProgress } from '../../src/servers/resolve-progress.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { FAKE_SPEC, removeFolder, temporaryFolder, UNREACHABLE, writeFakeServer, writeScript } from './fake-server.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
let cached: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  cached = join(folder, 'cache', 'nats-server-2.14.5', 'nats-server');
  // /usr/bin and /bin only for sh, sleep and tar.
  env = {
    PATH: [join(folder, 'bin'), '/usr/bin', '/bin'].join(':'),
    AEGIS_CACHE: join(folder, 'cache'),
    AEGIS_DOWNLOAD_URL: UNREACHABLE,
    HOME: folder,
  };
});
afterEach(() => removeFolder(folder));

describe('resolution order', () => {
  test('a binary on the PATH comes before the cache', async () => {
    await writeFakeServer(join(folder, 'bin/nats-server'), '2.14.5');
    await writeFakeServer(cached, '2.14.5');
    expect(await resolveServer(FAKE_SPEC, { env })).toEqual({ path: join(folder, 'bin/nats-server'), source: 'path' });
  });

  test('a newer minor version on the PATH is taken', async () => {
    await writeFakeServer(join(folder, 'bin/nats-server'), '2.15.0');
    expect((await resolveServer(FAKE_SPEC, { env })).source).toBe('path');
  });

  test.each(['2.14.4', '2.9.99', '1.99.0', '3.0.0'])('version %s on the PATH is passed over', async (version) => {
    await writeFakeServer(join(folder, 'bin/nats-server'), version);
    await writeFakeServer(cached, '2.14.5');
    expect((await resolveServer(FAKE_SPEC, { env })).source).toBe('cache');
  });

  test('a later folder of the PATH serves when the first binary is too old', async () => {
    await writeFakeServer(join(folder, 'bin/nats-server'), '2.0.0');
    await writeFakeServer(join(folder, 'bin2/nats-server'), '2.14.6');
    const path = `${join(folder, 'bin')}:${join(folder, 'bin2')}:/usr/bin:/bin`;
    const { path: found } = await resolveServer(FAKE_SPEC, { env: { ...env, PATH: path } });
    expect(found).toBe(join(folder, 'bin2/nats-server'));
  });

  test('without AEGIS_CACHE the cache is below XDG_CACHE_HOME', async () => {
    await writeFakeServer(join(folder, 'xdg/aegis/servers/nats-server-2.14.5/nats-server'), '2.14.5');
    const { AEGIS_CACHE: _, ...rest } = env;
    const { source } = await resolveServer(FAKE_SPEC, { env: { ...rest, XDG_CACHE_HOME: join(folder, 'xdg') } });
    expect(source).toBe('cache');
  });
});

describe('build from the pinned module', () => {
  test('the result goes to the cache, with progress that shows what go says', async () => {
    await writeScript(
      join(folder, 'bin/go'),
      `echo "$PWD $*" > ${folder}/called; echo "go: downloading example.com/x" >&2; sleep 1.2
       printf '#!/bin/sh\\necho "fake: v2.14.5"\\n' > "$GOBIN/nats-server"; chmod 755 "$GOBIN/nats-server"`,
    );
    const told: ResolveProgress[] = [];
    const resolved = await resolveServer(FAKE_SPEC, { env, onProgress: (progress) => told.push(progress) });
    expect(resolved).toEqual({ path: cached, source: 'build' });
    const [cwd, ...args] = (await readFile(join(folder, 'called'), 'utf8')).trim().split(' ');
    expect(cwd).toMatch(/\/tools\/nats$/);
    expect(args).toEqual(['install', '-v', '-ldflags=-s', '-w', 'tool']);
    expect(told.map(progressLine)).toContain('nats-server: build 1 s: go: downloading example.com/x');
    expect(await readdir(join(folder, 'cache'))).toEqual(['nats-server-2.14.5']);
    expect((await stat(join(folder, 'cache'))).mode & 0o777).toBe(0o700);
  });

  test('a build that makes something unusable leaves nothing in the cache', async () => {
    await writeScript(
      join(folder, 'bin/go'),
      `printf '#!/bin/sh\\nexit 3\\n' > "$GOBIN/nats-server"; chmod 755 "$GOBIN/nats-server"`,
    );
    await expect(resolveServer(FAKE_SPEC, { env })).rejects.toThrow(/--version failed/);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });
});

describe('when nothing helps', () => {
  test('the error lists what every step found and says what to install', async () => {
    await writeFakeServer(join(folder, 'bin/nats-server'), '2.1.0');
    await writeScript(join(folder, 'bin/go'), 'echo "go: no network" >&2; exit 1');
    const error = await resolveServer(FAKE_SPEC, { env }).catch((reason: unknown) => reason);
    if (!AegisError.is(error)) throw error;
    expect(error.code).toBe('SERVER_UNAVAILABLE');
    expect(error.details?.findings).toEqual([
      `PATH: ${join(folder, 'bin/nats-server')} is 2.1.0; 2.14.5 or a newer 2.x is needed`,
      `cache: no ${cached}`,
      expect.stringMatching(/^download: http:\/\/127\.0\.0\.1:1\/fake\/v2\.14\.5\/SHA256SUMS cannot be reached: /),
      'build: go install in tools/nats ended with 1: go: no network',
    ]);
    expect(error.remedy).toContain('fake server 2.14.5');
    expect(error.remedy).toContain('Go 1.21');
  });

  test('a missing go is named', async () => {
    await expect(resolveServer(FAKE_SPEC, { env })).rejects.toThrow(/build: go is not on the PATH/);
  });
});

test('two at once: one builds, the other waits, says so and takes the result', async () => {
  await writeScript(
    join(folder, 'bin/go'),
    `echo built >> ${folder}/builds; while [ ! -e ${folder}/finish ]; do sleep 0.05; done
     printf '#!/bin/sh\\necho "fake: v2.14.5"\\n' > "$GOBIN/nats-server"; chmod 755 "$GOBIN/nats-server"`,
  );
  const waits: string[] = [];
  const onProgress = (progress: ResolveProgress): void => {
    if (progress.step !== 'wait') return;
    waits.push(progress.text);
    // The builder may end only now: whoever waits has been seen waiting.
    void writeScript(join(folder, 'finish'), '');
  };
  const both = await Promise.all([
    resolveServer(FAKE_SPEC, { env, onProgress }),
    resolveServer(FAKE_SPEC, { env, onProgress }),
  ]);
  expect(both.map(({ source }) => source).sort()).toEqual(['build', 'cache']);
  expect(await readFile(join(folder, 'builds'), 'utf8')).toBe('built\n');
  expect(waits).toEqual([`process ${process.pid} is already downloading or building it`]);
});
