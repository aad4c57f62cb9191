import type { ConfigDelivery } from '../model/activities.ts';
import { isLive } from '../model/component-state.ts';
import { type Component, findByIdOrName, findComponent } from '../model/session.ts';
import { briefActivities } from './leases.ts';
import type { Machine } from './machine.ts';

/**
 * The component as it is now, when it runs and a new configuration can reach it: also between two runs of its session,
 * since REBORN brings none.
 */
export function deliverable({ session }: Machine, idOrName: string): Component | undefined {
  const component = findByIdOrName(session, idOrName);
  return component?.connection !== undefined && isLive(component.state) ? component : undefined;
}

/**
 * Hands the new configuration, which the session has taken already, to its running component, and writes down what came
 * of it. A process that starts meanwhile gets it anyway. A refusal brings back the one `before`.
 */
export async function deliver(machine: Machine, before: Component): Promise<ConfigDelivery> {
  const { host, id: sessionId, name: session } = machine.session;
  const { id: componentId, name } = before;
  const config = findComponent(machine.session, componentId)?.config ?? before.config;
  const delivery = await briefActivities(host, `configure ${name}`).deliverConfig({
    sessionId,
    session,
    componentId,
    name,
    config,
  });
  if (delivery.answer === 'refused') {
    const { problem } = delivery;
    machine.apply({ type: 'configRefused', componentId, before: before.config, problem }, Date.now());
  } else {
    machine.note(Date.now(), 'configured', delivery.answer, name);
  }
  return delivery;
}
