import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from './package-root.ts';
import type { OnProgress } from './resolve-progress.ts';
import type { ServerSpec } from './server-spec.ts';

const PROGRESS_EVERY_MS = 1_000;
const LAST_LINES = 5;

export interface BuildOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
}

/**
 * Builds a server from its pinned Go module. Any Go from 1.21 on fetches the toolchain that the module names.
 * The Temporal CLI takes minutes, hence the progress.
 * @returns the path of the executable
 * @throws Error with the last lines of `go`
 */
export async function buildServer(spec: ServerSpec, { folder, env, onProgress }: BuildOptions): Promise<string> {
  const started = performance.now();
  const lines: string[] = [];
  const tell = (text: string): void =>
    onProgress?.({ server: spec.name, step: 'build', elapsedMs: performance.now() - started, text });
  const go = spawn('go', ['install', '-v', `-ldflags=${spec.ldflags}`, 'tool'], {
    cwd: join(packageRoot(), spec.module),
    // Debian sets GOTOOLCHAIN=local, and a go.work or vendor setting of the user must not reach this build.
    env: { ...env, GOBIN: folder, GOTOOLCHAIN: 'auto', GOWORK: 'off', GOFLAGS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  createInterface({ input: go.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
  });
  tell('go install');
  const timer = setInterval(() => tell(lines.at(-1) ?? 'go install'), PROGRESS_EVERY_MS);
  try {
    const [code] = await once(go, 'close');
    if (code !== 0) throw new Error(`go install in ${spec.module} ended with ${code}: ${lines.join(' | ')}`);
  } catch (error) {
    if (isMissing(error)) throw new Error('go is not on the PATH', { cause: error });
    throw error;
  } finally {
    clearInterval(timer);
  }
  return join(folder, spec.name);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
