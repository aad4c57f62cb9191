import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  type ComponentLaunch,
  ComponentProcesses,
  type ComponentProcessesOptions,
} from '../../src/host/component-processes.ts';
import type { ComponentExit, LaunchSpec } from '../../src/model/session.ts';
import { tempDir } from '../support/temp-dir.ts';

export interface Stage {
  readonly dir: string;
  readonly log: string;
  /** A registry over the stage's folder, as each aegisd has one. */
  processes(options?: Partial<ComponentProcessesOptions>): ComponentProcesses;
  /** A component that is a line of shell. */
  shell(script: string, changes?: Partial<ComponentLaunch>): ComponentLaunch;
  /** What a file that a component writes contains, once it is there and not empty. */
  written(name: string): Promise<string>;
  path(name: string): string;
}

const ENV = { AEGIS_COMPONENT_ID: 'cmp-1' };

/** A folder with logs and records; every process that was started over it ends with the test. */
export function stage(): Stage {
  const dir = tempDir();
  const path = (name: string) => `${dir}/${name}`;
  const registries: ComponentProcesses[] = [];
  onTestFinished(async () => {
    for (const registry of registries) await registry.stop('cmp-1');
    for (const registry of registries) await registry.endAll();
  });
  const log = path('logs/one.log');
  return {
    dir,
    log,
    path,
    processes: (options = {}) => {
      const registry = new ComponentProcesses({ folder: path('records'), pollMs: 10, killAfterMs: 500, ...options });
      registries.push(registry);
      return registry;
    },
    shell: (script, changes = {}) => {
      const launch: LaunchSpec = { program: '/bin/sh', args: ['-c', script], cwd: dir, env: {} };
      return { componentId: 'cmp-1', incarnation: 1, launch, env: ENV, logPath: log, ...changes };
    },
    written: (name) => until(() => (existsSync(path(name)) ? readFileSync(path(name), 'utf8').trim() : '')),
  };
}

/** Polls until the value is there and not empty; fails after 10 s. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(10)) {
    const value = await look();
    if (value !== undefined && value !== null && value !== '' && value !== false) return value;
  }
  throw new Error('it did not happen within 10 s');
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+[ZX]/m.test(statusOf(pid));
  } catch {
    return false;
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits as an activity does that nobody cancels. */
export function run(registry: ComponentProcesses, launch: ComponentLaunch): Promise<ComponentExit> {
  return registry.run(launch, new AbortController().signal);
}

export function program(path: string, text: string, mode: number): string {
  writeFileSync(path, text, { mode });
  return path;
}
