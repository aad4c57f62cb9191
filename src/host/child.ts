import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a child may take to end by itself before it is killed, ms. */
const END_AFTER_MS = 3_000;
/**
 * A half of the young generation, MB. By itself V8 lets it grow with the rate of allocation, to 130 MB in an hour of a busy
 * market, while what lives there stays at 20 MB.
 */
const YOUNG_MB = 16;
const NODE_FLAGS = [`--max-semi-space-size=${YOUNG_MB}`];

export interface ChildOptions {
  /** Path of its entry file below `src`, without suffix: `orchestrator/main`. */
  readonly entry: string;
  /** Where its standard output and error go. */
  readonly onOutput: (line: string) => void;
}

/**
 * A process of ours that this one talks to in typed messages. It ends when this process is gone: its IPC channel
 * closes then.
 */
export class Child<Sent extends object, Received extends object> {
  /** How it ended: `exit code 1`, `killed by SIGKILL`; never rejects. */
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(message: Received) => void>();
  #ended = false;

  constructor({ entry, onOutput }: ChildOptions) {
    // The same suffix as this file has: sources are run as they are, published code as it was built.
    const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const path = fileURLToPath(new URL(`../${entry}${suffix}`, import.meta.url));
    this.#process = fork(path, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: NODE_FLAGS });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput(text.trimEnd()));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => onOutput(text.trimEnd()));
    this.#process.on('message', (message: Received) => {
      for (const listener of this.#listeners) listener(message);
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    this.exited = promise;
    const end = (how: string) => {
      this.#ended = true;
      resolve(how);
    };
    this.#process.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `killed by ${signal}`));
    // A message to a process that has just been killed is an error, too: its exit follows.
    this.#process.on('error', (error) => {
      if (this.#process.pid === undefined) end(`cannot be started: ${error.message}`);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(message: Sent): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Calls the listener for every message until the returned function is called. */
  listen(listener: (message: Received) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first message that `pick` recognises; rejects when the process ends before. */
  async first<T>(pick: (message: Received) => T | undefined): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const unlisten = this.listen((message) => {
      const picked = pick(message);
      if (picked !== undefined) resolve(picked);
    });
    const gone = this.exited.then((how) => {
      throw new Error(`the process ended: ${how}`);
    });
    try {
      return await Promise.race([promise, gone]);
    } finally {
      unlisten();
    }
  }

  /** SIGTERM, then SIGKILL. Resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#process.kill('SIGTERM');
    await Promise.race([this.exited, delay(END_AFTER_MS, undefined, { ref: false })]);
    if (!this.#ended) this.#process.kill('SIGKILL');
    await this.exited;
  }
}
