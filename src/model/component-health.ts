import { crashLoop } from './crash-loop.ts';
import { type ComponentHealth, HEALTH_DEFAULTS, type HealthFacts, type HealthLimits, type Measured } from './health.ts';
import { JUDGES } from './health-judges.ts';
import { type ConnectionSample, connectionKey } from './host-health.ts';

/** What is known of a component, and what is not well about it. */
export function componentHealth(facts: HealthFacts, limits: HealthLimits = HEALTH_DEFAULTS): ComponentHealth {
  const { session, component, host, now } = facts;
  const sample = host?.connections[connectionKey(session.id, component.id)];
  const process = host?.processes[component.id];
  const loop = crashLoop(component, now);
  const flow = session.state === 'RUNNING' ? facts.flow : undefined;
  const measured: Measured = {
    session: session.name,
    component: component.name,
    componentId: component.id,
    state: component.state,
    connected: component.connection !== undefined,
    ...(sample === undefined ? {} : { heartbeatMs: silence(sample, now) }),
    restarts: component.restarts,
    ...(loop === undefined ? {} : { crashLoop: loop }),
    ...(flow === undefined ? {} : { flow }),
    ...(process === undefined ? {} : { process }),
  };
  const problems = JUDGES.map((judge) => judge(facts, measured, limits)).filter((each) => each !== undefined);
  return { ...measured, problems, healthy: problems.length === 0 };
}

function silence({ lastMessageAt }: ConnectionSample, now: number): number {
  return Math.max(0, now - lastMessageAt);
}
