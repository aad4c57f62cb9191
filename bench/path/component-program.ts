import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProgramCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a component says of its stream when it has all of it. */
export interface Delivered {
  /** Of the monotonic clock of the machine, ms. */
  readonly at: number;
  readonly rows: number;
  readonly bytes?: number;
  readonly crc?: number;
  /** Sum over the rows of what a component parsed. */
  readonly sum?: number;
}

const MAX_ERROR_LINES = 20;

/** A component under measurement: a process that says `ready` and `done` in lines of JSON on its standard output. */
export class ComponentProgram {
  readonly name: string;
  readonly ready: Promise<void>;
  readonly done: Promise<Delivered>;
  /** Rejects when the program ends before it is done. */
  readonly ended: Promise<never>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;

  constructor(name: string, { program, args, env }: ProgramCommand) {
    this.name = name;
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    const errors: string[] = [];
    // Its end is told by its exit.
    child.stdin.on('error', () => {});
    createInterface(child.stderr).on('line', (line) => {
      errors.push(line);
      if (errors.length > MAX_ERROR_LINES) errors.shift();
    });
    const ready = Promise.withResolvers<void>();
    const done = Promise.withResolvers<Delivered>();
    this.ready = ready.promise;
    this.done = done.promise;
    const ended = Promise.withResolvers<never>();
    this.ended = ended.promise;
    createInterface(child.stdout).on('line', (line) => {
      const message = parsed(line);
      if (message.event === 'ready') ready.resolve();
      if (message.event === 'done') done.resolve(deliveredOf(message));
    });
    const fail = (how: string): void => {
      const error = new Error(`${name} ${how}${errors.map((line) => `\n  ${line}`).join('')}`);
      ready.reject(error);
      ended.reject(error);
      done.reject(error);
    };
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        fail(`cannot be started: ${error.message}`);
        resolve();
      });
      child.once('close', (code, signal) => {
        fail(`ended too early: ${signal ?? `exit code ${code}`}`);
        resolve();
      });
    });
    // Whoever waits is told; nobody may be waiting for one of them.
    this.ready.catch(() => {});
    this.done.catch(() => {});
    this.ended.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** For programs that wait until they are told to begin. */
  go(): void {
    this.#child.stdin.write('go\n');
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  if (!line.startsWith('{"event":')) return {};
  const value: unknown = JSON.parse(line);
  return { ...Object(value) };
}

function deliveredOf({ at, rows, bytes, crc, sum }: Readonly<Record<string, unknown>>): Delivered {
  if (typeof at !== 'number' || typeof rows !== 'number') throw new Error('a component said "done" without a time');
  return {
    at,
    rows,
    ...(typeof bytes === 'number' ? { bytes } : {}),
    ...(typeof crc === 'number' ? { crc } : {}),
    ...(typeof sum === 'number' ? { sum } : {}),
  };
}
