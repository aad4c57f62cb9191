import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentAddress } from '../gateway/control/control-server.ts';
import { messageOf } from '../model/errors.ts';
import { type ConnectionSample, connectionKey, type HostHealth, type ProcessSample } from '../model/host-health.ts';
import type { Log } from './log.ts';
import { type ProcessTable, type ProcessUsage, processTable } from './process-table.ts';

export interface HealthSamplerOptions {
  /** File that takes the measurements, 0600. */
  readonly path: string;
  /** Id of the host. */
  readonly host: string;
  /** Component processes that run. */
  readonly processes: () => readonly { readonly componentId: string; readonly pid: number }[];
  readonly connections: () => readonly (ComponentAddress & ConnectionSample)[];
  readonly log: Log;
  /** Pause between two measurements, ms; default 1000. */
  readonly everyMs?: number;
  readonly table?: ProcessTable;
}

/** Measures what runs on this host and writes it down for aegisctl. Nothing here is asked by, or told to, a workflow. */
export class HealthSampler {
  readonly #options: HealthSamplerOptions;
  readonly #table: ProcessTable;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Processor time of each process at the measurement before. */
  #before: { readonly at: number; readonly cpuMs: ReadonlyMap<number, number> } | undefined;

  constructor(options: HealthSamplerOptions) {
    this.#options = options;
    this.#table = options.table ?? processTable();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the measurements and removes the file: what it says would grow old. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await rm(this.#options.path, { force: true });
  }

  async #run(): Promise<void> {
    const { everyMs = 1_000, log } = this.#options;
    const { signal } = this.#stop;
    let told = '';
    while (!signal.aborted) {
      try {
        await this.#write(await this.sample());
        told = '';
      } catch (error) {
        const problem = `the health of components cannot be measured: ${messageOf(error)}`;
        if (problem !== told) log('warn', problem);
        told = problem;
      }
      await delay(everyMs, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  async sample(): Promise<HostHealth> {
    const running = this.#options.processes();
    const groups = new Set(running.map(({ pid }) => pid));
    const usages = groups.size === 0 ? [] : await this.#table.of(groups);
    const at = performance.now();
    const processes = running.flatMap(({ componentId, pid }) => {
      const members = usages.filter(({ group }) => group === pid);
      return members.length === 0 ? [] : [[componentId, this.#sampleOf(pid, members, at)] as const];
    });
    this.#before = { at, cpuMs: new Map(usages.map(({ pid, cpuMs }) => [pid, cpuMs])) };
    const connections = this.#options.connections().map(({ sessionId, componentId, connectedAt, lastMessageAt }) => {
      return [connectionKey(sessionId, componentId), { connectedAt, lastMessageAt }] as const;
    });
    return {
      version: 1,
      at: Date.now(),
      host: this.#options.host,
      processes: Object.fromEntries(processes),
      connections: Object.fromEntries(connections),
    };
  }

  #sampleOf(pid: number, members: readonly ProcessUsage[], at: number): ProcessSample {
    const before = this.#before;
    // A process that is new since then has spent all its time since then.
    const spent = members.reduce((sum, each) => sum + each.cpuMs - (before?.cpuMs.get(each.pid) ?? 0), 0);
    const known = before?.cpuMs.has(pid) === true;
    return {
      pid,
      processes: members.length,
      rssBytes: members.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      ...(known && before !== undefined ? { cpu: Math.max(0, spent / (at - before.at)) } : {}),
      stopped: members.some(({ stopped }) => stopped),
    };
  }

  async #write(health: HostHealth): Promise<void> {
    const { path } = this.#options;
    await writeFile(`${path}.tmp`, JSON.stringify(health), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }
}
