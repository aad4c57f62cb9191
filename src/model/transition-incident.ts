import { isLive } from './component-state.ts';
import { recentFailures } from './crash-loop.ts';
import { accepted, type Incident, refused, type Transition } from './event.ts';
import { failSession } from './failure.ts';
import { advance, allReached } from './progress.ts';
import { type Component, type ComponentExit, findComponent, type Session, withComponent } from './session.ts';
import { isStarting } from './session-state.ts';

/** A process that has run for so long was no failure of its start: restarts are counted anew. */
const LASTING_MS = 600_000;

/**
 * What the workflow learns from its activities. News of an older run or an older process changes nothing: a retried
 * activity may deliver it late.
 */
export function applyIncident(session: Session, incident: Incident): Transition {
  if (incident.type === 'exited') return exited(session, incident);
  if (incident.type === 'replaced') return replaced(session, incident.componentId);
  if (incident.type === 'configRefused') return configRefused(session, incident);
  if (incident.run !== session.run) return accepted(session);
  switch (incident.type) {
    case 'startRefused':
      if (!isStarting(session.state)) return accepted(session);
      return accepted({
        ...session,
        state: 'REGISTERED',
        failure: incident.failure,
        components: session.components.map(sentBack),
      });
    case 'streamStarted':
      return streamStarted(session);
    case 'joined':
      return accepted({
        ...session,
        components: session.components.map((each) => admitted(each, incident.components)),
      });
    case 'joinRefused':
      return accepted({ ...session, components: session.components.map((each) => turnedAway(each, incident)) });
    case 'streamEnded':
      // A realtime run that was stopped still tells what it has delivered.
      if (session.outcome === 'stopped' && session.summary === undefined) {
        return accepted({ ...session, summary: incident.summary });
      }
      if (session.state !== 'RUNNING') return accepted(session);
      return accepted({
        ...session,
        state: 'FINISHED',
        paused: false,
        outcome: 'end-of-data',
        summary: incident.summary,
      });
    case 'failed':
      if (!isStarting(session.state) && session.state !== 'RUNNING') return accepted(session);
      return accepted({ ...session, state: 'FAILED', paused: false, failure: incident.failure });
    default:
      return incident satisfies never;
  }
}

/** Components that live on from the run before report no state that would have led the session here. */
function streamStarted(session: Session): Transition {
  const reached = advance(session);
  if (reached.state !== 'CONFIGURED' || !allReached(reached, 'RUNNING')) {
    return refused('ILLEGAL_TRANSITION', `session "${session.name}" is ${session.state}: its stream cannot start`);
  }
  // An optional component that is late joins when it is ready.
  const components = reached.components.map((each) =>
    isLive(each.state) ? each : { ...each, joining: true as const },
  );
  return accepted({ ...reached, components, state: 'RUNNING' });
}

function admitted(component: Component, ids: readonly string[]): Component {
  if (!ids.includes(component.id)) return component;
  const { joining: _joining, ...rest } = component;
  return rest;
}

/** What the run has no data for, or what came too late, is ended; it may be attached again, or take part in the next run. */
function turnedAway(
  component: Component,
  { components, failure }: Extract<Incident, { type: 'joinRefused' }>,
): Component {
  if (!components.includes(component.id) || !component.joining) return component;
  const { code, message } = failure;
  return { ...component, state: 'ERROR', wanted: false, lastError: { code, message, recoverable: false } };
}

/** A refused start leaves nothing running that it launched. */
function sentBack(component: Component): Component {
  if (component.launch === undefined) return component;
  const { connection: _connection, ...rest } = component;
  return { ...rest, state: 'INIT', wanted: false };
}

function exited(session: Session, incident: Extract<Incident, { type: 'exited' }>): Transition {
  const component = findComponent(session, incident.componentId);
  if (component === undefined || component.incarnation !== incident.incarnation) return accepted(session);
  const { exit } = incident;
  const { connection: _connection, ...rest } = component;
  const lasting = incident.ranMs >= LASTING_MS ? 0 : component.restarts;
  const ended: Component = { ...rest, lastExit: exit };
  if (!component.wanted) return accepted(withComponent(session, { ...ended, state: 'SHUTDOWN' }));

  const clean = exit.code === 0 && component.state !== 'ERROR';
  const failures = clean ? [] : recentFailures(component.failures, incident.at);
  if (shouldRestart({ ...component, restarts: lasting }, exit, clean)) {
    const restarts = lasting + 1;
    return accepted(
      withComponent(session, { ...ended, state: 'INIT', incarnation: component.incarnation + 1, restarts, failures }),
    );
  }
  const given = withComponent(session, { ...ended, wanted: false, state: clean ? 'SHUTDOWN' : 'ERROR' });
  if (clean && !isStarting(session.state)) return accepted(advance(given));
  return accepted(failSession(given, component, exhausted(component, exit)));
}

function shouldRestart({ restart, restarts }: Component, exit: ComponentExit, clean: boolean): boolean {
  if (exit.unstartable || restart.policy === 'never' || restarts >= restart.limit) return false;
  return restart.policy === 'always' || !clean;
}

function exhausted({ restart, restarts }: Component, exit: ComponentExit): string {
  return restarts > 0 && restarts >= restart.limit ? `${exit.reason}, after ${restarts} restarts` : exit.reason;
}

function configRefused(session: Session, incident: Extract<Incident, { type: 'configRefused' }>): Transition {
  const component = findComponent(session, incident.componentId);
  if (component === undefined) return accepted(session);
  return accepted(withComponent(session, { ...component, config: incident.before }));
}

function replaced(session: Session, componentId: string): Transition {
  const component = findComponent(session, componentId);
  if (component === undefined || component.launch === undefined || !isLive(component.state)) return accepted(session);
  const { connection: _connection, ...rest } = component;
  return accepted(withComponent(session, { ...rest, state: 'INIT', incarnation: component.incarnation + 1 }));
}

/** Delay before a component's next launch, ms: none at first, then doubling. */
export function launchDelay({ restart, restarts }: Component): number {
  return restarts === 0 ? 0 : Math.min(restart.backoffMs * 2 ** (restarts - 1), restart.maxBackoffMs);
}
