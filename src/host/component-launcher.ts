import { setTimeout as delay } from 'node:timers/promises';
import type { LaunchSpec } from '../model/session.ts';
import { identify } from '../servers/process-identity.ts';
import { commandLineOf } from './command-line.ts';
import { adoptedProcess, type ComponentProcess, ownProcess } from './component-process.ts';
import { spawnShim } from './component-shim.ts';
import type { ProcessRecord, ProcessRecords } from './process-record.ts';

export interface ShimLaunch {
  readonly componentId: string;
  readonly incarnation: number;
  readonly launch: LaunchSpec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logPath: string;
}

/** A shim claims its launch within milliseconds of its start. */
const CLAIM_POLL_MS = 5;
/** A shim that was killed between making its claim and filling it leaves an empty one. */
const CLAIM_WRITE_MS = 1_000;

/**
 * Launches components and finds those that were launched before. The intent is on disk before the launch and the shim
 * claims it before the component runs, so that aegisd may be killed between any two steps: the next one finds the process,
 * or launches it again with the certainty that only one of the two shims runs the component.
 */
export class ComponentLauncher {
  readonly #records: ProcessRecords;
  readonly #pollMs: number;

  constructor({ records, pollMs }: { readonly records: ProcessRecords; readonly pollMs: number }) {
    this.#records = records;
    this.#pollMs = pollMs;
  }

  /** @throws Error when the system cannot create a process */
  async launch({ componentId, incarnation, launch, env, logPath }: ShimLaunch): Promise<ComponentProcess> {
    const intent = { incarnation, logPath };
    this.#records.write(componentId, intent);
    const child = spawnShim({ launch, env, logPath, base: this.#records.base(componentId, incarnation) });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    const claimed = () => this.#records.claim(componentId, incarnation) === child.pid;
    const settled = () => failure !== undefined || claimed() || child.exitCode !== null || child.signalCode !== null;
    while (!settled()) await delay(CLAIM_POLL_MS);
    if (failure !== undefined) throw failure;
    const { pid } = child;
    // The shim of an earlier aegisd was first: ours has ended without running anything.
    if (pid === undefined || !claimed()) return (await this.find(componentId, intent)) ?? neverStarted();
    this.#records.write(componentId, { ...intent, process: { pid, identity: identify(pid) ?? '' } });
    return ownProcess(child, pid);
  }

  /** The process of a launch, dead or alive; undefined when the launch never took place. */
  async find(componentId: string, record: ProcessRecord): Promise<ComponentProcess | undefined> {
    if (record.process !== undefined) return adoptedProcess(record.process, this.#pollMs);
    const { incarnation } = record;
    let claim = this.#records.claim(componentId, incarnation);
    for (const deadline = Date.now() + CLAIM_WRITE_MS; claim === 'being written' && Date.now() < deadline; ) {
      await delay(CLAIM_POLL_MS);
      claim = this.#records.claim(componentId, incarnation);
    }
    if (claim === 'open') return undefined;
    if (typeof claim !== 'number') return neverStarted();
    // The pid may have come from before a restart of the machine: only a process that names the claim is the shim.
    const isShim = commandLineOf(claim).includes(this.#records.base(componentId, incarnation));
    const process = { pid: claim, identity: (isShim ? identify(claim) : undefined) ?? '' };
    this.#records.write(componentId, { ...record, process });
    return adoptedProcess(process, this.#pollMs);
  }
}

function neverStarted(): ComponentProcess {
  return { pid: 0, alive: () => false, gone: () => Promise.resolve(true), kill: () => {} };
}
