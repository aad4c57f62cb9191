import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { AegisError, messageOf } from '../model/errors.ts';
import { type ComponentExit, type LaunchSpec, NEVER_LAUNCHED } from '../model/session.ts';
import { exitFromCode, unstartable } from './component-exit.ts';
import { ComponentLauncher } from './component-launcher.ts';
import type { ComponentProcess } from './component-process.ts';
import { inheritedEnvironment } from './inherited-environment.ts';
import { launchProblem } from './launch-problem.ts';
import { type RotationOptions, rotateIfLarge } from './log-rotation.ts';
import { ProcessRecords } from './process-record.ts';
import { Turns } from './turns.ts';

export interface ComponentLaunch {
  readonly componentId: string;
  readonly incarnation: number;
  readonly launch: LaunchSpec;
  /** Added to the launch's own environment; wins over it. */
  readonly env: Readonly<Record<string, string>>;
  /** What a process is started after. The signal is aborted when it is not to be started any more. Default: nothing. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
  /** The values of its secrets: asked for only when a process is started. */
  readonly secrets?: () => Promise<Readonly<Record<string, string>>>;
  readonly logPath: string;
}

export interface ComponentProcessesOptions {
  /** Folder of the process records. */
  readonly folder: string;
  /** How often the end of a process that an earlier aegisd started is looked for, ms; default 100. */
  readonly pollMs?: number;
  readonly rotation?: RotationOptions;
  /** How often the sizes of the logs are looked at, ms; default 5000. */
  readonly rotateEveryMs?: number;
  /** SIGTERM, then this long until SIGKILL, ms; default 3000. */
  readonly killAfterMs?: number;
}

/** A process that something waits for, or whose end nobody has taken note of yet. */
interface Held {
  readonly incarnation: number;
  readonly logPath: string;
  readonly process: ComponentProcess;
}

/**
 * The component processes of a host. They outlive aegisd: the next one finds them by their records and goes on
 * supervising. An incarnation is launched at most once, however often it is asked for.
 */
export class ComponentProcesses {
  readonly #records: ProcessRecords;
  readonly #launcher: ComponentLauncher;
  readonly #rotation: RotationOptions | undefined;
  readonly #killAfterMs: number;
  readonly #held = new Map<string, Held>();
  /** Launches that wait for what they are started after. */
  readonly #waiting = new Map<string, AbortController>();
  /** Launches, searches and stops of a component: one at a time. */
  readonly #turns = new Turns();
  readonly #rotator: NodeJS.Timeout;

  constructor(options: ComponentProcessesOptions) {
    const { folder, pollMs = 100, rotation, rotateEveryMs = 5_000, killAfterMs = 3_000 } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#records = new ProcessRecords(folder);
    this.#launcher = new ComponentLauncher({ records: this.#records, pollMs });
    this.#rotation = rotation;
    this.#killAfterMs = killAfterMs;
    this.#rotator = setInterval(() => this.#rotateLogs(), rotateEveryMs).unref();
  }

  /**
   * Ends every component that is waited for, and forgets it: the next aegisd launches the same incarnation again, and
   * nobody counts that as a failure. Called when nothing waits any more.
   */
  async endAll(): Promise<void> {
    clearInterval(this.#rotator);
    await Promise.all(
      [...this.#held.keys()].map(async (componentId) => {
        await this.stop(componentId);
        this.#records.forget(componentId);
      }),
    );
  }

  /** Finds or starts an incarnation and waits for its end. Aborting the signal ends the waiting, not the process. */
  async run(wanted: ComponentLaunch, signal: AbortSignal): Promise<ComponentExit> {
    const { componentId, incarnation } = wanted;
    const held = await this.#turns.take(componentId, () => this.#findOrStart(wanted, signal));
    if ('reason' in held) return held;
    await held.process.gone(undefined, signal);
    // What the component has started in its group ends with it.
    held.process.kill('SIGKILL');
    if (this.#held.get(componentId) === held) this.#held.delete(componentId);
    return exitFromCode(this.#records.exitCode(componentId, incarnation));
  }

  /** The processes that are waited for, by the leader of their group. */
  running(): readonly { readonly componentId: string; readonly pid: number }[] {
    return [...this.#held].map(([componentId, { process }]) => ({ componentId, pid: process.pid }));
  }

  /** Of the leader of its process group, while it lives. */
  async pid(componentId: string): Promise<number | undefined> {
    const process = await this.#find(componentId);
    return process?.alive() ? process.pid : undefined;
  }

  /** SIGTERM to the component's process group, SIGKILL to what is left of it later. Resolves when it is gone. */
  async stop(componentId: string): Promise<void> {
    this.#waiting.get(componentId)?.abort();
    await this.#turns.take(componentId, () => this.#end(componentId));
  }

  /** Waits up to `timeoutMs` for the process to end by itself; false for one that is not started yet, too. */
  async ended(componentId: string, timeoutMs: number): Promise<boolean> {
    if (this.#waiting.has(componentId)) return false;
    const process = await this.#find(componentId);
    return process === undefined || process.gone(timeoutMs);
  }

  async #findOrStart(wanted: ComponentLaunch, signal: AbortSignal): Promise<Held | ComponentExit> {
    const { componentId, incarnation, launch, env, logPath, secrets } = wanted;
    const held = this.#held.get(componentId);
    if (held?.incarnation === incarnation) return held;
    const record = this.#records.read(componentId);
    if (record !== undefined && record.incarnation === incarnation) {
      const process = await this.#launcher.find(componentId, record);
      if (process !== undefined) return this.#hold(componentId, { incarnation, logPath: record.logPath, process });
    } else if (record !== undefined) {
      await this.#end(componentId);
      this.#records.forget(componentId);
    }
    const problem = launchProblem(launch);
    if (problem !== undefined) return unstartable(problem);
    if (!(await this.#mayStart(wanted, signal))) return NEVER_LAUNCHED;
    try {
      mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
      const environment = { ...inheritedEnvironment(process.env), ...launch.env, ...(await secrets?.()), ...env };
      const started = await this.#launcher.launch({ componentId, incarnation, launch, env: environment, logPath });
      return this.#hold(componentId, { incarnation, logPath, process: started });
    } catch (error) {
      return unstartable(AegisError.is(error) ? `${error.message}. ${error.remedy}` : messageOf(error));
    }
  }

  /** Waits until the process may be started; false when it was stopped before. */
  async #mayStart({ componentId, ready }: ComponentLaunch, signal: AbortSignal): Promise<boolean> {
    if (ready === undefined) return true;
    const stopped = new AbortController();
    this.#waiting.set(componentId, stopped);
    try {
      await ready(AbortSignal.any([signal, stopped.signal]));
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
    } finally {
      this.#waiting.delete(componentId);
    }
    return !stopped.signal.aborted;
  }

  #hold(componentId: string, held: Held): Held {
    this.#held.set(componentId, held);
    return held;
  }

  async #find(componentId: string): Promise<ComponentProcess | undefined> {
    const held = this.#held.get(componentId);
    if (held !== undefined) return held.process;
    const record = this.#records.read(componentId);
    return record === undefined ? undefined : this.#launcher.find(componentId, record);
  }

  async #end(componentId: string): Promise<void> {
    const record = this.#records.read(componentId);
    // A launch that an aegisd was killed in the middle of must not take place afterwards.
    if (record !== undefined && record.process === undefined) this.#records.close(componentId, record.incarnation);
    const process = await this.#find(componentId);
    if (process === undefined || !process.alive()) return;
    process.kill('SIGTERM');
    await process.gone(this.#killAfterMs);
    process.kill('SIGKILL');
    await process.gone(this.#killAfterMs);
  }

  #rotateLogs(): void {
    for (const { logPath } of this.#held.values()) rotateIfLarge(logPath, this.#rotation);
  }
}
