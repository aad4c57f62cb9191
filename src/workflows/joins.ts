import { sleep } from '@temporalio/workflow';
import { isLive } from '../model/component-state.ts';
import { type Component, findComponent } from '../model/session.ts';
import { leaseActivities } from './leases.ts';
import type { Machine } from './machine.ts';
import { failureOf } from './run-driver.ts';

/** Lets components that came while the stream flows take part in it as soon as they are RUNNING. */
export class Joins {
  readonly #machine: Machine;
  /** Components whose time to become RUNNING is counted: id and incarnation of their first process. */
  readonly #timed = new Set<string>();
  #busy = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A run is being extended: a continue-as-new waits for it. */
  get busy(): boolean {
    return this.#busy;
  }

  reconcile(): void {
    const { state, components } = this.#machine.session;
    if (state !== 'RUNNING') return;
    const coming = components.filter((component) => component.joining);
    for (const component of coming) this.#time(component);
    // Without topics there is nothing to take part in.
    const ready = coming.filter((component) => isLive(component.state) && component.topics.length > 0);
    if (ready.length > 0 && !this.#busy) void this.#join(ready);
  }

  async #join(ready: readonly Component[]): Promise<void> {
    const machine = this.#machine;
    const { host, id, name, run, spec } = machine.session;
    const components = ready.map((component) => component.id);
    this.#busy = true;
    try {
      const joined = await leaseActivities(host, `join: ${ready.map((each) => each.name).join(', ')}`).joinRun({
        sessionId: id,
        session: name,
        run,
        spec,
        components: ready.map(({ id: componentId, topics }) => ({ id: componentId, topics })),
      });
      machine.apply({ type: 'joined', run, components, joined }, Date.now());
    } catch (error) {
      machine.apply({ type: 'joinRefused', run, components, failure: failureOf(error) }, Date.now());
    } finally {
      this.#busy = false;
    }
    // Others may have become ready meanwhile.
    this.reconcile();
  }

  /** A component that is launched into a running session and never gets to RUNNING is not waited for in silence. */
  #time({ id, name, wanted, state }: Component): void {
    const { run, spec } = this.#machine.session;
    const key = `${run}/${id}`;
    if (!wanted || isLive(state) || this.#timed.has(key)) return;
    this.#timed.add(key);
    void sleep(spec.startTimeoutMs).then(() => {
      const now = findComponent(this.#machine.session, id);
      if (!now?.joining || !now.wanted || isLive(now.state)) return;
      const message = `not RUNNING within ${spec.startTimeoutMs / 1000} s: "${name}" (${now.state})`;
      const failure = { code: 'TIMEOUT', message } as const;
      this.#machine.apply({ type: 'joinRefused', run, components: [id], failure }, Date.now());
    });
  }
}
