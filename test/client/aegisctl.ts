import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { withoutExternal } from '../support/servers.ts';

const ENTRY = resolve(import.meta.dirname, '../../src/client/cli/aegisctl.ts');

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
  /** What it has written until now. */
  readonly so: { out: string; err: string };
}

export interface AegisctlOptions {
  readonly home: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export type Aegisctl = (...words: string[]) => Promise<Ran>;

/** `aegisctl` as a process of its own, as users and scripts have it. */
export function aegisctl(options: AegisctlOptions): Aegisctl {
  return (...words) => startAegisctl(options, ...words).ended;
}

export function startAegisctl({ home, cwd, env = {} }: AegisctlOptions, ...words: string[]): Running {
  const child = spawn(process.execPath, [ENTRY, ...words], {
    cwd,
    env: { ...withoutExternal(process.env), AEGIS_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const so = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    so.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    so.err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...so }));
  return { process: child, ended, so };
}

/** The one JSON object that a command with --json writes to standard output, and nothing beside it. */
export function json(
  ran: Ran,
): Record<string, unknown> & { error?: { code: string; message: string; remedy: string } } {
  const lines = ran.out.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line of JSON: ${ran.out} ${ran.err}`);
  const object = JSON.parse(lines[0] ?? '');
  if (object.version !== 1) throw new Error(`no version 1: ${ran.out}`);
  return object;
}
