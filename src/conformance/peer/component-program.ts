import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { LaunchSpec } from '../../model/session.ts';
import type { Recorder } from '../recorder.ts';

export interface ComponentProgramOptions {
  readonly launch: LaunchSpec;
  /** What Aegis adds to the launch's own environment; wins over it. `undefined` takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and error go here, as with aegisd; 0600. */
  readonly logPath: string;
  readonly recorder: Recorder;
  /** Resolves when everything was read that the program had written to its sockets. */
  readonly drained: () => Promise<void>;
}

const LAST_LINES = 20;
const MAX_LINE = 400;

/** The component's process, the leader of a process group of its own. */
export class ComponentProgram {
  readonly #process: ChildProcess;
  readonly #recorder: Recorder;
  readonly #ended = Promise.withResolvers<void>();

  constructor({ launch, env, logPath, recorder, drained }: ComponentProgramOptions) {
    this.#recorder = recorder;
    const log = openSync(logPath, 'a', 0o600);
    recorder.start();
    this.#process = spawn(launch.program, launch.args, {
      cwd: launch.cwd,
      env: { ...process.env, ...launch.env, ...env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    recorder.record({ kind: 'launched', pid: this.#process.pid ?? 0 });
    this.#process.once('error', (error) => {
      recorder.record({ kind: 'ended', code: null, signal: null, output: [error.message] });
      this.#ended.resolve();
    });
    this.#process.once('exit', (code, signal) => {
      // Its last messages may still be on their way: they came before its end.
      void drained().then(() => {
        recorder.record({ kind: 'ended', code, signal, output: lastLines(logPath) });
        this.#ended.resolve();
      });
    });
  }

  /** Kills the group and waits for the end of the program. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended.promise;
  }

  /** To the whole group: what the program has started goes with it. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    if (!this.#recorder.ended) this.#recorder.record({ kind: 'signalled', signal });
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  }
}

function lastLines(path: string): string[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.slice(-LAST_LINES).map((line) => line.slice(0, MAX_LINE));
}
