import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, extname, resolve } from 'node:path';
import { AegisError } from '../../model/errors.ts';
import type { LaunchSpec } from '../../model/session.ts';

/** What `--path` names: an executable file; a bare name is looked up on PATH as a shell would. */
export function launchOf(path: string, args: readonly string[], env: Readonly<Record<string, string>>): LaunchSpec {
  const program = path.includes('/') ? resolve(path) : findOnPath(path);
  if (program === undefined) throw new AegisError('PROGRAM_NOT_FOUND', `"${path}" is not on PATH`, { where: path });
  if (!statSync(program, { throwIfNoEntry: false })?.isFile()) {
    throw new AegisError('PROGRAM_NOT_FOUND', `${program} is not a file`, { where: path });
  }
  if (!isExecutable(program)) {
    const remedy = `chmod +x ${path}, with a first line such as "#!/usr/bin/env python3"; or give the interpreter as --path and the file after "--".`;
    throw new AegisError('PROGRAM_NOT_FOUND', `${program} is not executable`, { where: path, remedy });
  }
  return { program, args, cwd: process.cwd(), env };
}

/** The name a component gets when none is given: its program's, without folder and ending. */
export function nameOf(path: string, taken: readonly string[]): string {
  const base =
    basename(path, extname(path))
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
