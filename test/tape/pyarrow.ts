import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const VENV = path.join(os.tmpdir(), 'aegis-pyarrow');
const PYTHON = path.join(VENV, 'bin/python');

/** A Python with pyarrow, made once per machine; undefined where there is no Python or no package index. */
export function pythonWithPyarrow(): string | undefined {
  const works = (): boolean => {
    try {
      execFileSync(PYTHON, ['-c', 'import pyarrow'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  if (existsSync(PYTHON) && works()) return PYTHON;
  try {
    execFileSync('python3', ['-m', 'venv', VENV], { stdio: 'ignore' });
    execFileSync(PYTHON, ['-m', 'pip', 'install', '-q', '--timeout', '5', 'pyarrow'], {
      stdio: 'ignore',
      timeout: 120_000,
    });
  } catch {
    return undefined;
  }
  return works() ? PYTHON : undefined;
}
