import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from './log-file.ts';

/**
 * The shell becomes the server (exec), and leaves a watcher beside it that waits for the end of file of descriptor 3.
 * Its other end is held by the parent alone, so it comes when the parent ends, however that happens: kill -9 too.
 */
const WRAPPER = `
umask 077
(
  read -r _ <&3
  kill -TERM $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 $$ || exit 0
    sleep 1
  done
  kill -KILL $$
) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export interface BoundProcessOptions {
  readonly path: string;
  readonly args: readonly string[];
  /** Standard output and error are appended here. */
  readonly log: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that never outlives this one. */
export class BoundProcess {
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  #exit: ProcessExit | undefined;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        // The watcher is in the group too. The group's id cannot be given away while the watcher is in it.
        killGroup(pid);
        resolve(this.#exit);
      });
    });
  }

  /** Starts the program in a process group of its own, so that Ctrl-C in a terminal does not reach it. */
  static start({ path, args, log, env }: BoundProcessOptions): BoundProcess {
    const output = openLog(log);
    try {
      const child = spawn('/bin/sh', ['-c', WRAPPER, path, path, ...args], {
        detached: true,
        env,
        stdio: ['ignore', output, output, 'pipe'],
      });
      // What may fail later shows as an exit; the descriptor of the watcher carries no data.
      child.stdio[3]?.on('error', () => {});
      child.on('error', () => {});
      if (child.pid === undefined) throw new Error('/bin/sh could not be started');
      return new BoundProcess(child, child.pid);
    } finally {
      closeSync(output);
    }
  }

  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Asks it to end, and kills it when it has not within `graceMs`. Settles when it is gone. */
  async stop(graceMs: number): Promise<ProcessExit> {
    if (this.#exit !== undefined) return this.#exit;
    this.#child.kill('SIGTERM');
    const timer = new AbortController();
    const graceful = await Promise.race([
      this.exited.then(() => true),
      delay(graceMs, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    if (!graceful) killGroup(this.pid);
    return this.exited;
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
