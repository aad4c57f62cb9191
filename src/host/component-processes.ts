import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentExit, LaunchSpec } from '../model/session.ts';
import { identify } from '../servers/process-identity.ts';
import { exitFromCode, unstartable } from './component-exit.ts';
import { spawnShim } from './component-shim.ts';
import { type RotationOptions, rotateIfLarge } from './log-rotation.ts';
import { isAlive, type ProcessRecord, ProcessRecords } from './process-record.ts';

export interface ComponentLaunch {
  readonly componentId: string;
  readonly incarnation: number;
  readonly launch: LaunchSpec;
  /** Added to the launch's own environment; wins over it. */
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
}

export interface ComponentProcessesOptions {
  /** Folder of the process records. */
  readonly folder: string;
  /** How often the end of a process is looked for, ms; default 100. */
  readonly pollMs?: number;
  readonly rotation?: RotationOptions;
}

/** SIGTERM, then this long until SIGKILL, ms. */
const KILL_AFTER_MS = 3_000;
const ROTATE_EVERY_MS = 5_000;

/**
 * The component processes of a host. They outlive aegisd: the next one finds them by their records and goes on
 * supervising. An incarnation is launched at most once, however often it is asked for.
 */
export class ComponentProcesses {
  readonly #records: ProcessRecords;
  readonly #pollMs: number;
  readonly #rotation: RotationOptions | undefined;
  readonly #logs = new Map<string, string>();
  readonly #rotator: NodeJS.Timeout;

  constructor({ folder, pollMs = 100, rotation }: ComponentProcessesOptions) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#records = new ProcessRecords(folder);
    this.#pollMs = pollMs;
    this.#rotation = rotation;
    this.#rotator = setInterval(() => this.#rotateLogs(), ROTATE_EVERY_MS).unref();
  }

  /**
   * Ends every component that is waited for, and forgets it: the next aegisd launches the same incarnation again, and
   * nobody counts that as a failure. Called when nothing waits any more.
   */
  async endAll(): Promise<void> {
    clearInterval(this.#rotator);
    await Promise.all(
      [...this.#logs.keys()].map(async (componentId) => {
        await this.stop(componentId);
        this.#records.forget(componentId);
      }),
    );
  }

  /** Finds or starts an incarnation and waits for its end. Aborting the signal ends the waiting, not the process. */
  async run(wanted: ComponentLaunch, signal: AbortSignal): Promise<ComponentExit> {
    const record = await this.#findOrStart(wanted);
    if ('reason' in record) return record;
    this.#logs.set(wanted.componentId, record.logPath);
    while (isAlive(record)) await delay(this.#pollMs, undefined, { signal });
    if (this.#logs.get(wanted.componentId) === record.logPath) this.#logs.delete(wanted.componentId);
    return exitFromCode(this.#records.exitCode(wanted.componentId, record.incarnation));
  }

  pid(componentId: string): number | undefined {
    const record = this.#records.read(componentId);
    return record !== undefined && isAlive(record) ? record.pid : undefined;
  }

  /** SIGTERM to the component's process group, SIGKILL if it does not end within 3 s. Resolves when it is gone. */
  async stop(componentId: string): Promise<void> {
    const record = this.#records.read(componentId);
    if (record === undefined || !isAlive(record)) return;
    signalGroup(record, 'SIGTERM');
    if (await this.#gone(record, KILL_AFTER_MS)) return;
    signalGroup(record, 'SIGKILL');
    await this.#gone(record, KILL_AFTER_MS);
  }

  /** Waits up to `timeoutMs` for the process to end by itself. */
  async ended(componentId: string, timeoutMs: number): Promise<boolean> {
    const record = this.#records.read(componentId);
    return record === undefined || this.#gone(record, timeoutMs);
  }

  async #findOrStart(wanted: ComponentLaunch): Promise<ProcessRecord | ComponentExit> {
    const { componentId, incarnation } = wanted;
    const known = this.#records.read(componentId);
    if (known?.incarnation === incarnation) return known;
    if (known !== undefined) {
      await this.stop(componentId);
      this.#records.forget(componentId);
    }
    const problem = launchProblem(wanted.launch);
    if (problem !== undefined) return unstartable(problem);
    return this.#start(wanted);
  }

  #start({ componentId, incarnation, launch, env, logPath }: ComponentLaunch): ProcessRecord | ComponentExit {
    mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
    const exitPath = this.#records.exitPath(componentId, incarnation);
    try {
      const pid = spawnShim({ launch, env: { ...process.env, ...launch.env, ...env }, logPath, exitPath });
      const record = { incarnation, pid, identity: identify(pid) ?? '', logPath };
      this.#records.write(componentId, record);
      return record;
    } catch (error) {
      return unstartable(error instanceof Error ? error.message : String(error));
    }
  }

  async #gone(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (isAlive(record)) {
      if (Date.now() > deadline) return false;
      await delay(this.#pollMs);
    }
    return true;
  }

  #rotateLogs(): void {
    for (const path of this.#logs.values()) rotateIfLarge(path, this.#rotation);
  }
}

function signalGroup(record: ProcessRecord, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(record)) return;
  try {
    process.kill(-record.pid, signal);
  } catch {
    // The group ended in between.
  }
}

function launchProblem({ program, cwd }: LaunchSpec): string | undefined {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return `its working directory ${cwd} does not exist`;
  const file = statSync(program, { throwIfNoEntry: false });
  if (file === undefined) return `${program} does not exist`;
  if (!file.isFile()) return `${program} is not a file`;
  try {
    accessSync(program, constants.X_OK);
  } catch {
    return `${program} is not executable; chmod +x makes it so`;
  }
  return undefined;
}
