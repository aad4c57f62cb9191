import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A text that stays the same while a process lives and differs for every other process, also for one that gets the
 * same pid later. Undefined when no such process runs (one that has ended and only waits for its parent counts as
 * ended).
 */
export function identify(pid: number): string | undefined {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

/** The identity of this very process; the pid where the system tells nothing better. */
export function ownIdentity(): string {
  return identify(process.pid) ?? `pid ${process.pid}`;
}

/**
 * Sends a signal to a process only if it is still the one that was identified.
 * @returns whether the signal was sent
 */
export function signalProcess(pid: number, identity: string, signal: NodeJS.Signals): boolean {
  if (identify(pid) !== identity) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function identifyByProc(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command name stands in parentheses and may contain spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  // Start times count from boot: without the boot they could repeat after a restart of the machine.
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot}:${startTime}`;
}

function identifyByPs(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [, state = '', started = ''] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout ?? '') ?? [];
  if (status !== 0 || started === '' || state.startsWith('Z')) return undefined;
  return started;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
