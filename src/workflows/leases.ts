import { CancellationScope, condition, isCancellation, proxyActivities } from '@temporalio/workflow';
import { hostQueue, type SessionActivities } from '../model/activities.ts';
import { type CrashLoop, crashLoop } from '../model/crash-loop.ts';
import {
  type Component,
  type ComponentExit,
  findComponent,
  isOver,
  NEVER_LAUNCHED,
  type Session,
  STOP_DEFAULTS,
} from '../model/session.ts';
import { launchDelay } from '../model/transition-incident.ts';
import { tellCancelling } from './host-sink.ts';
import type { Machine } from './machine.ts';

/**
 * A host that says nothing for so long has lost its leases. Nobody waits for that: an aegisd that comes back gives up the
 * leases of the one before it. Long enough that a host with hundreds of sessions can send heartbeats for all of them.
 */
const HEARTBEAT = '180s';
/** One attempt may last as long as a session. */
const FOREVER = '3650d';

/** Activities that keep something running; the summary is what the Temporal UI shows beside them. */
export function leaseActivities(host: string, summary: string): SessionActivities {
  return proxyActivities<SessionActivities>({
    taskQueue: hostQueue(host),
    summary,
    startToCloseTimeout: FOREVER,
    heartbeatTimeout: HEARTBEAT,
    // Attempts are counted over the whole life of a session: the tenth kill must not cost more than the first.
    retry: { initialInterval: '500ms', maximumInterval: '1s' },
  });
}

/** Activities that end a component: it may take its time. */
function stopActivities(host: string, summary: string, timeoutMs: number): SessionActivities {
  return proxyActivities<SessionActivities>({
    taskQueue: hostQueue(host),
    summary,
    startToCloseTimeout: timeoutMs + 60_000,
    retry: { initialInterval: '250ms', maximumInterval: '5s' },
  });
}

/** Activities that do one thing and return. */
export function briefActivities(host: string, summary: string): SessionActivities {
  return proxyActivities<SessionActivities>({
    taskQueue: hostQueue(host),
    summary,
    startToCloseTimeout: '60s',
    retry: { initialInterval: '250ms', maximumInterval: '5s' },
  });
}

interface Process {
  readonly name: string;
  readonly incarnation: number;
  readonly order: number;
  readonly timeoutMs: number;
  stopping: boolean;
}

/**
 * Keeps what the session's state wants running, running: one lease per component process and one for the data stream
 * server. Called after every change; it only compares and starts or stops what differs.
 */
export class Leases {
  readonly #machine: Machine;
  readonly #processes = new Map<string, Process>();
  /** Connections of components without a process of ours that were told to go. */
  readonly #dismissed = new Set<string>();
  /** Components that ended for good and were taken out of the stream: id and incarnation. */
  readonly #released = new Set<string>();
  /** Names of the components by id, as of the last call. */
  #present: ReadonlyMap<string, string> = new Map();
  #dataStream: CancellationScope | undefined;
  #stops = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** True when no process is left that a shutdown would wait for. */
  get idle(): boolean {
    return this.#processes.size === 0;
  }

  /** True while a process is being stopped. */
  get busy(): boolean {
    return this.#stops > 0;
  }

  reconcile(): void {
    const { session } = this.#machine;
    for (const component of session.components) {
      if (session.state === 'RUNNING') this.#releaseEnded(component);
      if (component.launch === undefined) this.#dismissBroken(component);
      else this.#reconcileProcess(session, component);
    }
    for (const id of this.#processes.keys()) {
      if (!session.components.some((component) => component.id === id)) this.#stopProcess(id);
    }
    if (session.state === 'RUNNING') this.#releaseDetached(session);
    this.#present = new Map(session.components.map(({ id, name }) => [id, name]));
    if (this.#dataStream === undefined && wantsDataStream(session)) this.#startDataStream(session);
  }

  endDataStream(): void {
    if (this.#dataStream === undefined) return;
    tellCancelling();
    this.#dataStream.cancel();
  }

  #reconcileProcess(session: Session, component: Component): void {
    const held = this.#processes.get(component.id);
    if (held?.incarnation === component.incarnation) {
      if (!component.wanted || component.state === 'ERROR') this.#stopProcess(component.id);
    } else if (component.wanted) {
      void this.#supervise(session, component);
    }
  }

  async #supervise(session: Session, component: Component): Promise<void> {
    const { id, incarnation } = component;
    const { order, timeoutMs } = component.stop ?? STOP_DEFAULTS;
    const process: Process = { name: component.name, incarnation, order, timeoutMs, stopping: false };
    this.#processes.set(id, process);
    const begun = Date.now();
    const exit = await this.#exitOf(session, component, process);
    if (this.#processes.get(id) === process) this.#processes.delete(id);
    const at = Date.now();
    this.#machine.apply({ type: 'exited', componentId: id, incarnation, exit, at, ranMs: at - begun }, at);
    const now = findComponent(this.#machine.session, id);
    const loop = now?.wanted ? crashLoop(now, at) : undefined;
    if (now !== undefined && loop !== undefined) this.#machine.note(at, 'crashLoop', loopText(loop, now), now.name);
  }

  async #exitOf(session: Session, component: Component, process: Process): Promise<ComponentExit> {
    const { id, name, incarnation, launch } = component;
    if (launch === undefined) throw new Error(`component ${name} has nothing to launch`);
    const delay = launchDelay(component);
    if (delay > 0) await condition(() => process.stopping, delay);
    if (process.stopping) return NEVER_LAUNCHED;
    const { spec, run } = session;
    const { mode } = spec;
    try {
      return await leaseActivities(session.host, name).superviseComponent({
        ...this.#refTo(id, name),
        incarnation,
        launch,
        mode,
        run,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { code: null, signal: null, reason: `cannot be supervised: ${reasonOf(error)}`, unstartable: true };
    }
  }

  #stopProcess(id: string): void {
    const process = this.#processes.get(id);
    if (process === undefined || process.stopping || this.#waitsForOthers(process)) return;
    process.stopping = true;
    this.#stop(id, process.name, process.timeoutMs);
  }

  /** At a shutdown those of a smaller number go first. */
  #waitsForOthers({ order }: Process): boolean {
    if (this.#machine.session.state !== 'SHUTDOWN') return false;
    return [...this.#processes.values()].some((other) => other.order < order);
  }

  /** A component started by hand is told to go; its process is not ours to kill. */
  #dismissBroken({ id, name, state, connection }: Component): void {
    if (state !== 'ERROR' || connection === undefined || this.#dismissed.has(connection)) return;
    this.#dismissed.add(connection);
    this.#stop(id, name);
  }

  /** The clock must not wait for rows to be taken by a component that never comes back. */
  #releaseEnded(component: Component): void {
    const { id, name, incarnation } = component;
    const key = `${id}/${incarnation}`;
    if (!isOver(component) || this.#released.has(key)) return;
    this.#released.add(key);
    this.#release(id, name);
  }

  /** A component that was taken out of a running session is told to go, and the others do not wait for it. */
  #releaseDetached(session: Session): void {
    for (const [id, name] of this.#present) {
      if (session.components.some((component) => component.id === id)) continue;
      if (!this.#processes.has(id)) this.#stop(id, name);
      this.#release(id, name);
    }
  }

  #release(id: string, name: string): void {
    this.#brief(name)
      .releaseComponent(this.#refTo(id, name))
      .catch((error: unknown) => this.#machine.note(Date.now(), 'releaseComponent/failed', reasonOf(error), name));
  }

  #stop(id: string, name: string, timeoutMs = STOP_DEFAULTS.timeoutMs): void {
    this.#stops += 1;
    stopActivities(this.#machine.session.host, name, timeoutMs)
      .stopComponent({ ...this.#refTo(id, name), timeoutMs })
      .catch((error: unknown) => this.#machine.note(Date.now(), 'stopComponent/failed', reasonOf(error), name))
      .finally(() => {
        this.#stops -= 1;
      });
  }

  #startDataStream(session: Session): void {
    const scope = new CancellationScope();
    this.#dataStream = scope;
    const { dataGraceMs, dataReconnectMs } = session.spec;
    const input = { sessionId: session.id, session: session.name, dataGraceMs, dataReconnectMs };
    scope
      .run(() => leaseActivities(session.host, 'data stream server').serveDataStream(input))
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        this.#dataStream = undefined;
        const failure = { code: 'STREAM_FAILED', message: `data stream server: ${reasonOf(error)}` } as const;
        this.#machine.apply({ type: 'failed', run: this.#machine.session.run, failure }, Date.now());
      });
  }

  #brief(summary: string): SessionActivities {
    return briefActivities(this.#machine.session.host, summary);
  }

  #refTo(componentId: string, name: string) {
    const { id, name: session } = this.#machine.session;
    return { sessionId: id, session, componentId, name };
  }
}

function wantsDataStream(session: Session): boolean {
  if (session.state === 'SHUTDOWN') return false;
  return session.state !== 'REGISTERED' || session.components.some((component) => component.connection !== undefined);
}

function loopText({ failures, withinMs }: CrashLoop, component: Component): string {
  const { lastExit, restarts, restart } = component;
  const delay = launchDelay(component) / 1_000;
  const last = lastExit?.reason ?? 'unknown';
  return `${failures} failures within ${Math.ceil(withinMs / 1_000)} s, the last: ${last}; restart ${restarts} of ${restart.limit} in ${delay} s`;
}

/** The innermost message: activity failures wrap what happened. */
export function reasonOf(error: unknown): string {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return current instanceof Error ? current.message : String(current);
}
