import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compiledBefore } from '../support/compiled-before.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = join(import.meta.dirname, 'programs');

export type Language = 'python' | 'typescript';
export const LANGUAGES: readonly Language[] = ['python', 'typescript'];

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a program of `programs`, by default `collect`, is started in a language. */
export function command(
  language: Language,
  args: readonly string[],
  name = 'collect',
  interpreter = python(),
): Command {
  if (language === 'typescript') {
    return { program: process.execPath, args: [join(PROGRAMS, `${name}.ts`), ...args], env: compiledBefore() };
  }
  const env = { PYTHONPATH: join(ROOT, 'sdk/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
  return { program: interpreter, args: [join(PROGRAMS, `${name}.py`), ...args], env };
}

/** The first python3 of the PATH. */
export function python(): string {
  const folder = (process.env.PATH ?? '').split(':').find((each) => existsSync(join(each, 'python3')));
  return folder === undefined ? 'python3' : join(folder, 'python3');
}
