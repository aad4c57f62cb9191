import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { LaunchSpec } from '../model/session.ts';

/**
 * The component runs under a small shell that writes its exit code to a file: aegisd may die and come back, and still
 * learn how the component ended. The shell sits in the component's process group and outlives it by one write; its trap
 * keeps a SIGTERM to the group from ending it before that.
 */
const SHIM = 'trap : TERM INT HUP; "$@"; code=$?; printf %s "$code" >"$0.tmp" && mv "$0.tmp" "$0"';

export interface ShimOptions {
  readonly launch: LaunchSpec;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and error are appended here. */
  readonly logPath: string;
  /** Receives the exit code as text once the component has ended. */
  readonly exitPath: string;
}

/** Starts the component in its own process group; it outlives this process. Returns the pid of its group's leader. */
export function spawnShim({ launch, env, logPath, exitPath }: ShimOptions): number {
  const log = openSync(logPath, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', SHIM, exitPath, launch.program, ...launch.args], {
      cwd: launch.cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    // Its end is seen by polling its identity, as for a process that an earlier aegisd started.
    child.on('error', () => {});
    child.unref();
    if (child.pid === undefined) throw new Error(`no process could be created in ${launch.cwd}`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}
