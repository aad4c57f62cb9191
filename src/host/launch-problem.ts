import { accessSync, constants, statSync } from 'node:fs';
import type { LaunchSpec } from '../model/session.ts';

/** Why a program cannot be started at all, as far as the file system tells; undefined when nothing speaks against it. */
export function launchProblem({ program, cwd }: LaunchSpec): string | undefined {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return `its working directory ${cwd} does not exist`;
  const file = statSync(program, { throwIfNoEntry: false });
  if (file === undefined) return `${program} does not exist`;
  if (!file.isFile()) return `${program} is not a file`;
  try {
    accessSync(program, constants.X_OK);
  } catch {
    return `${program} is not executable; chmod +x makes it so`;
  }
  return undefined;
}
