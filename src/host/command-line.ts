import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The program and arguments of a process as one text, with a blank between them; empty when there is none. */
export function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
