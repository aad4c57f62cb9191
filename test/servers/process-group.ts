import { execFileSync } from 'node:child_process';

/** Processes of a group that still run; those that have ended and wait for their parent do not count. */
export function livingInGroup(group: number): string[] {
  return execFileSync('ps', ['-A', '-o', 'pgid=,stat=,pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${group} `) && !/^\d+ +Z/.test(line));
}
