import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { basename, delimiter, extname, resolve } from 'node:path';
import { AegisError } from '../../model/errors.ts';
import type { LaunchSpec } from '../../model/session.ts';

/** Programs that run files with these endings, for hints. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.py': 'python3',
  '.js': 'node',
  '.mjs': 'node',
  '.ts': 'node',
};
/** Compiled programs have zero bytes near their beginning; scripts do not. */
const LOOKED_AT_BYTES = 512;

/** What `--path` names: an executable file; a bare name is looked up on PATH as a shell would. */
export function launchOf(path: string, args: readonly string[], env: Readonly<Record<string, string>>): LaunchSpec {
  const program = path.includes('/') ? resolve(path) : findOnPath(path);
  if (program === undefined) {
    const here = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const remedy = here
      ? `A file of the current folder is written as ./${path}`
      : 'Give the path of an executable file.';
    throw new AegisError('PROGRAM_NOT_FOUND', `"${path}" is not on PATH`, { where: path, remedy });
  }
  if (!statSync(program, { throwIfNoEntry: false })?.isFile()) {
    throw new AegisError('PROGRAM_NOT_FOUND', `${program} is not a file`, { where: path });
  }
  const problem = !isExecutable(program)
    ? 'is not executable'
    : lacksInterpreter(program)
      ? 'is a script that does not say what runs it'
      : undefined;
  if (problem === undefined) return { program, args, cwd: process.cwd(), env };
  throw new AegisError('PROGRAM_NOT_FOUND', `${program} ${problem}`, {
    where: path,
    remedy: scriptRemedy(path, program),
  });
}

function scriptRemedy(path: string, program: string): string {
  const interpreter = INTERPRETERS[extname(path)];
  const line = interpreter === undefined ? '' : `"#!/usr/bin/env ${interpreter}" `;
  const other = interpreter === undefined ? '' : `; or attach --path ${interpreter} -- ${program}`;
  return `Give it a first line ${line}that names its interpreter, and chmod +x ${path}${other}`;
}

/** The name a component gets when none is given: that of its program or, after an interpreter, of its script. */
export function nameOf({ program, args }: Pick<LaunchSpec, 'program' | 'args'>, taken: readonly string[]): string {
  const [first] = args;
  const file = first !== undefined && Object.hasOwn(INTERPRETERS, extname(first)) ? first : program;
  const base =
    basename(file, extname(file))
      .replace(/[^A-Za-z0-9_-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '') || 'component';
  let name = base;
  for (let n = 2; taken.includes(name); n += 1) name = `${base}-${n}`;
  return name;
}

function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => resolve(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Without it the system hands the file to a shell, which then fails at the first line of Python. */
function lacksInterpreter(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(LOOKED_AT_BYTES);
      const head = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
      return !head.includes(0) && !head.toString('latin1').startsWith('#!');
    } finally {
      closeSync(file);
    }
  } catch {
    // Executable but not readable: the system may run it.
    return false;
  }
}
