import type { ComponentRef } from '../model/activities.ts';
import { feedPlan } from './feed-plan.ts';
import type { SessionHost } from './session-host.ts';

/** The stream waits for a component no longer; a realtime run leaves topics that nobody else wants. */
export async function releaseComponent(host: SessionHost, input: ComponentRef): Promise<void> {
  const { session, sessionId, componentId } = input;
  await host.dataStreams.remove(sessionId, componentId);
  const { spec, state, run } = await host.workflows.state(session);
  if (spec.mode !== 'realtime' || state !== 'RUNNING') return;
  const ref = { session, sessionId, run };
  await host.orchestrators.retopic({ ref, plan: () => feedPlan(host, ref) });
}
