import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const INSTALL_WITHIN_MS = 300_000;
/** Node 24 of the project first, as in every npm script. */
const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` };

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aegis-pack-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, env });
  const [tarball = ''] = await readdir(folder);
  expect(tarball).toMatch(/^aegis-runtime-.*\.tgz$/);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const options = ['--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, join(folder, tarball)], { cwd: folder, env });
  installed = join(folder, 'node_modules/aegis-runtime');
}, INSTALL_WITHIN_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a packed tarball installed into an empty folder has a working aegisctl', async () => {
  const { stdout } = await run(join(folder, 'node_modules/.bin/aegisctl'), ['--version'], { cwd: folder, env });
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  expect(stdout.trim()).toBe(version);
});

test('the client library is imported by the name of the package', async () => {
  const program = `import { AegisClient } from 'aegis-runtime'; console.log(typeof AegisClient);`;
  const { stdout } = await run('node', ['--input-type=module', '-e', program], { cwd: folder, env });
  expect(stdout.trim()).toBe('function');
});

test('the workflows are bundled, and the Go modules of the servers are where they are looked for', async () => {
  expect((await readFile(join(installed, 'dist/workflow-bundle.js'), 'utf8')).length).toBeGreaterThan(100_000);
  const direct = `import(process.argv[1]).then((m) => console.log(m.packageRoot()))`;
  const module = join(installed, 'dist/src/servers/package-root.js');
  const { stdout } = await run('node', ['-e', direct, module], { cwd: folder, env });
  expect(await readFile(join(stdout.trim(), 'tools/temporal/go.mod'), 'utf8')).toContain('temporalio/cli');
  expect(await readdir(join(installed, 'tools/nats'))).toEqual(['go.mod', 'go.sum']);
});

test('sources and tests are not in the tarball', async () => {
  const entries = await readdir(installed);
  expect(entries).toContain('dist');
  expect(entries).not.toContain('src');
  expect(entries).not.toContain('test');
});
