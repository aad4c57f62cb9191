import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildMessages<M> {
  readonly child: ChildProcess;
  readonly messages: M[];
  readonly exited: Promise<number | null>;
}

const ROOT = new URL('../../', import.meta.url);

/** Forks a process of the project, as aegisd does. Its messages are kept in order. */
export function forkProcess<M>(
  path: string,
  onMessage: (message: M) => void = () => undefined,
  args: readonly string[] = [],
): ChildMessages<M> {
  const child = fork(fileURLToPath(new URL(path, ROOT)), args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const messages: M[] = [];
  child.on('message', (message: M) => {
    messages.push(message);
    onMessage(message);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, messages, exited };
}
