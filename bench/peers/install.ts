import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/model/errors.ts';
import { CaseSkipped } from '../suite/block.ts';

const BENCH = fileURLToPath(new URL('../', import.meta.url));
const SHOWN_LINES = 5;

type Tell = (text: string) => void;

/** Installs the packages of bench/package.json when they are missing. Throws {@link CaseSkipped} when they cannot be had. */
export async function installNodePeers(tell: Tell): Promise<void> {
  if (existsSync(join(BENCH, 'node_modules/tardis-dev/package.json'))) return;
  tell('installing tardis-dev …');
  // No script of a package runs.
  await run('npm', ['ci', '--prefix', BENCH, '--ignore-scripts', '--no-audit', '--no-fund'], tell);
}

/** A Python with the packages of bench/requirements.txt; its path. Throws {@link CaseSkipped} when it cannot be made. */
export async function installPythonPeers(cache: string, tell: Tell): Promise<string> {
  const requirements = join(BENCH, 'requirements.txt');
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const folder = join(cache, `python-${pins}`);
  const python = join(folder, 'bin/python3');
  const whole = join(folder, 'installed');
  if (existsSync(whole)) return python;
  tell('installing NautilusTrader, pyarrow, polars, DuckDB and orjson: some 300 MB …');
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder], tell);
  await run(
    python,
    ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off', '-r', requirements],
    tell,
  );
  mkdirSync(`${whole}.new`, { recursive: true });
  renameSync(`${whole}.new`, whole);
  return python;
}

async function run(program: string, args: readonly string[], tell: Tell): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      last.push(line.trim());
      if (last.length > SHOWN_LINES) last.shift();
      if (/^(Downloading|Installing|added)/.test(line.trim())) tell(line.trim());
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    if (code !== 0) throw new Error(last.join(' '));
  } catch (error) {
    throw new CaseSkipped(`${program} ${args.slice(0, 2).join(' ')} failed: ${messageOf(error)}`);
  }
}
