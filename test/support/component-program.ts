import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export interface ComponentProgramOptions {
  /** A file of test/support/components, without `.py`. */
  readonly program: string;
  readonly controlSocket: string;
  readonly token: string;
  readonly componentId: string;
  readonly args?: readonly string[];
  /** The name under which the program finds the control socket. */
  readonly variable?: 'AEGIS_SOCKET' | 'AEGIS_COMPONENT_SOCKET';
}

export interface ProgramEnd {
  readonly code: number | null;
  /** What the program prints when it ends. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly errors: string;
}

export interface ComponentProgram {
  readonly ended: Promise<ProgramEnd>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a component as a process of its own. */
export function launchComponent(options: ComponentProgramOptions): ComponentProgram {
  const { program, controlSocket, token, componentId, args = [], variable = 'AEGIS_SOCKET' } = options;
  const path = resolve(import.meta.dirname, 'components', `${program}.py`);
  const env = {
    PATH: process.env.PATH,
    PYTHONDONTWRITEBYTECODE: '1',
    AEGIS_SESSION_TOKEN: token,
    AEGIS_COMPONENT_ID: componentId,
    [variable]: controlSocket,
  };
  const child = spawn('python3', [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const out: string[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const ended = once(child, 'close').then(([code]) => {
    const text = out.join('');
    return { code, summary: text === '' ? {} : JSON.parse(text), errors: errors.join('') };
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}
