import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUILD_LIMIT_MS = 180_000;

export type Toolchain = 'go' | 'rust' | 'java';

export interface BuildOptions {
  readonly toolchain: Toolchain;
  /** Folder of the sources; nothing is written there. */
  readonly source: string;
  /** An existing folder that takes what is built. */
  readonly folder: string;
  /** Of the program: in Rust the binary, in Java the main class. */
  readonly name: string;
}

/** How a program is started. */
export interface Built {
  readonly program: string;
  /** Come before its own arguments. */
  readonly args: readonly string[];
}

const VERSION_COMMANDS: Readonly<Record<Toolchain, readonly [string, string]>> = {
  go: ['go', 'version'],
  rust: ['cargo', '--version'],
  java: ['javac', '--version'],
};
const LEAST_JAVA = 17;

export function hasToolchain(toolchain: Toolchain): boolean {
  const [program, argument] = VERSION_COMMANDS[toolchain];
  const { status, stdout } = spawnSync(program, [argument], { encoding: 'utf8' });
  if (status !== 0) return false;
  return toolchain !== 'java' || Number(/javac (\d+)/.exec(stdout)?.[1]) >= LEAST_JAVA;
}

/** Builds a program without a network. @throws Error with what the compiler says */
export async function build({ toolchain, source, folder, name }: BuildOptions): Promise<Built> {
  const options = { cwd: source, timeout: BUILD_LIMIT_MS };
  switch (toolchain) {
    case 'go': {
      const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local', GOWORK: 'off' };
      const program = join(folder, name);
      await run('go', ['build', '-o', program, '.'], { ...options, env });
      return { program, args: [] };
    }
    case 'rust': {
      const env = { ...process.env, CARGO_TARGET_DIR: folder };
      await run('cargo', ['build', '--release', '--offline', '--locked', '--quiet'], { ...options, env });
      return { program: join(folder, 'release', name), args: [] };
    }
    case 'java': {
      const files = readdirSync(source).filter((file) => file.endsWith('.java'));
      await run('javac', ['-d', folder, ...files], options);
      return { program: '/usr/bin/env', args: ['java', '-cp', folder, name] };
    }
  }
}
