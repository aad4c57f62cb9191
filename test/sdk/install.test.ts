import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { runToEnd, sample, spec } from '../support/session-run.ts';
import { pasteExamples } from './examples.ts';
import { componentOf, logOf, python } from './stage.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const WITHIN_MS = 300_000;
/** Node 24 of the project first, as in every npm script; the packages must do without the checkout. */
const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, PYTHONPATH: '' };
/** What each example of docs/sdk.md that is a component says in the end, over a day of 500 trades per symbol. */
const COMPONENTS: Readonly<Record<string, object>> = {
  'momentum.py': { candles: 2 * 1_440 },
  'momentum.ts': { candles: 2 * 1_440 },
  'loop.py': { candles: 1_440 },
  'loop.ts': { candles: 1_440 },
  'async_loop.py': { trades: 1_000 },
  'ledger.py': { trades: 1_000 },
  'tuned.py': { threshold: 0.5 },
};

const OLD_NODE = 'older-node';
/** Names of components have no dots. */
const nameOf = (program: string): string => program.replace('.', '-');

function doneOf(component: string): object {
  if (component === OLD_NODE) return { candles: 2 * 1_440 };
  const [, done] = Object.entries(COMPONENTS).find(([program]) => nameOf(program) === component) ?? [];
  if (done === undefined) throw new Error(`${component} is no example`);
  return done;
}

let folder: string;
let venv: string | undefined;
let examples: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aegis-sdk-'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  examples = pasteExamples(folder);
  await installTypeScript();
  venv = await installPython();
}, WITHIN_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function installTypeScript(): Promise<void> {
  // A copy beside the compiler: the build writes into the folder, and others may be at work in it.
  const source = join(folder, 'source');
  await cp(join(ROOT, 'sdk/typescript'), source, { recursive: true, filter: (path) => !path.endsWith('/dist') });
  const compile = ['--project', source, '--typeRoots', join(ROOT, 'node_modules/@types')];
  await run(join(ROOT, 'node_modules/.bin/tsc'), compile, { env });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: source, env });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '';
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: folder, env });
}

/** Undefined where pip cannot install: without a network it cannot get the build backend. */
async function installPython(): Promise<string | undefined> {
  const path = join(folder, 'venv');
  const source = join(folder, 'python-source');
  await cp(join(ROOT, 'sdk/python'), source, { recursive: true });
  try {
    await run(python(), ['-m', 'venv', path], { env });
    await run(join(path, 'bin/pip'), ['install', '--quiet', source], { env });
    return join(path, 'bin/python');
  } catch (error) {
    process.stderr.write(`the Python SDK is not tested as a package, pip says: ${String(error).slice(-500)}\n`);
    return undefined;
  }
}

/** To JavaScript in the folder `js`, with the types of the installed package. */
async function compileExamples(files: readonly string[]): Promise<void> {
  const options = { target: 'es2022', module: 'nodenext', types: ['node'], strict: true, rootDir: '.', outDir: 'js' };
  const typeRoots = [join(ROOT, 'node_modules/@types')];
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, typeRoots }, files }));
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder], { cwd: folder, env });
}

/** A Node of the PATH that is older than the project's and not too old for the SDK, if there is one. */
async function olderNode(): Promise<string | undefined> {
  for (const dir of (process.env.PATH ?? '').split(':')) {
    const node = join(dir, 'node');
    const version = await run(node, ['--version']).catch(() => undefined);
    const major = Number(/^v(\d+)/.exec(version?.stdout ?? '')?.[1]);
    if (major >= 20 && major < 24) return node;
  }
  return undefined;
}

function interpreterOf(name: string): string | undefined {
  return name.endsWith('.py') ? venv : process.execPath;
}

describe('the packages, installed into an empty folder', () => {
  it('the TypeScript one is built JavaScript with its types, and nothing else', async () => {
    const entries = await readdir(join(folder, 'node_modules/@aegis/sdk'));
    expect(entries.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const built = await readdir(join(folder, 'node_modules/@aegis/sdk/dist'));
    expect(built).toContain('control-thread.js');
    expect(built).toContain('index.d.ts');
  });

  it('the TypeScript examples compile against its types', async () => {
    const options = { target: 'es2022', module: 'nodenext', types: ['node'], strict: true, noEmit: true };
    const typeRoots = [join(ROOT, 'node_modules/@types')];
    const files = examples.filter((name) => name.endsWith('.ts'));
    expect(files).toHaveLength(3);
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, typeRoots }, files }),
    );
    await run(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder], { cwd: folder, env });
  }, 240_000);

  it('the Python one has its types and no dependencies', async ({ skip }) => {
    if (venv === undefined) return skip('pip cannot install');
    const program = [
      'import aegis, importlib.metadata as m, pathlib',
      'print(pathlib.Path(aegis.__file__).with_name("py.typed").exists())',
      'print([r for r in m.requires("aegis-sdk") if "extra" not in r])',
    ].join('\n');
    const { stdout } = await run(venv, ['-c', program], { cwd: tmpdir(), env });
    expect(stdout.trim().split('\n')).toEqual(['True', '[]']);
  });

  it('the unit tests of the Python one pass', async ({ skip }) => {
    if (venv === undefined) return skip('pip cannot install');
    await run(venv, ['-m', 'unittest', 'discover', '-s', 'tests'], { cwd: join(ROOT, 'sdk/python'), env });
  });

  it.for(['test_sum.py', 'test-sum.ts'])('the unit test in docs/sdk.md passes: %s', async (name, { skip }) => {
    expect(examples).toContain(name);
    const interpreter = interpreterOf(name);
    if (interpreter === undefined) return skip('pip cannot install');
    await run(interpreter, [join(folder, name)], { cwd: folder, env });
  });
});

describe('the examples of docs/sdk.md, pasted', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let oldNode: string | undefined;
  const names = Object.keys(COMPONENTS);
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ['BTCUSDT', 'ETHUSDT'], trades: 500 });
    session = await aegis.create(spec());
    const cwd = join(folder, 'elsewhere');
    await mkdir(cwd);
    for (const name of names) {
      const program = interpreterOf(name);
      if (program === undefined) continue;
      const launch = { program, args: [join(folder, name)], cwd };
      await session.attach({ name: nameOf(name), launch, config: { store: join(folder, 'store.db') } });
    }
    oldNode = await olderNode();
    if (oldNode === undefined) return;
    await compileExamples(['momentum.ts']);
    const launch = { program: oldNode, args: [join(folder, 'js/momentum.js')], cwd };
    await session.attach({ name: OLD_NODE, launch });
  });
  afterAll(() => aegis?.close());

  it('are components that run to the end of a session and exit with 0', async () => {
    expect(examples.filter((name) => !name.startsWith('test')).sort()).toEqual(names.toSorted());
    await runToEnd(session);
    await session.shutdown();
    const ended = await session.ended();
    expect(ended.components.length).toBeGreaterThanOrEqual(2);
    for (const component of ended.components) {
      expect(componentOf(ended, component).lastExit?.reason, component.name).toBe('exit code 0');
      const done = logOf(aegis, session, component.name).find((line) => line.includes('"done"')) ?? '{}';
      expect(JSON.parse(done), component.name).toMatchObject(doneOf(component.name));
    }
  }, 240_000);

  it('compiled to JavaScript the SDK works on an older Node, where the PATH has one of 20 to 23', async ({ skip }) => {
    if (oldNode === undefined) return skip('no such Node');
    expect(logOf(aegis, session, OLD_NODE).find((line) => line.includes('"done"'))).toContain('"candles":2880');
  });
});
