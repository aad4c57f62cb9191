import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { LaunchSpec } from '../model/session.ts';

/**
 * The component runs under a small shell, so that aegisd may die at any moment and come back. First the shell claims the
 * launch: it writes its pid into a file that must not be there yet (`set -C`), and ends if it is. So a launch that is
 * repeated because nobody knows whether it took place happens once. Then it runs the component, and writes its exit code
 * to a second file. It sits in the component's process group and outlives it by that write; its trap keeps a SIGTERM to
 * the group from ending it before.
 */
const SHIM = [
  'set -C',
  '{ printf %s "$$" >"$0.pid"; } 2>/dev/null || exit 0',
  'set +C',
  'trap : TERM INT HUP',
  '"$@"',
  'code=$?',
  'printf %s "$code" >"$0.tmp" && mv "$0.tmp" "$0.exit"',
].join('\n');

export interface ShimOptions {
  readonly launch: LaunchSpec;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and error are appended here; 0600. */
  readonly logPath: string;
  /** `<base>.pid` receives the pid of the shell, `<base>.exit` the exit code as text once the component has ended. */
  readonly base: string;
}

/** Starts the component in its own process group, of which the shell is the leader; it outlives this process. */
export function spawnShim({ launch, env, logPath, base }: ShimOptions): ChildProcess {
  const log = openSync(logPath, 'a', 0o600);
  try {
    return spawn('/bin/sh', ['-c', SHIM, base, launch.program, ...launch.args], {
      cwd: launch.cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}
