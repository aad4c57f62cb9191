import { COMPONENT_MOVES, canMove } from './component-state.ts';
import { accepted, refused, type Transition } from './event.ts';
import { failSession } from './failure.ts';
import { advance } from './progress.ts';
import { type ComponentReport, reportedId } from './report.ts';
import { type Component, findComponent, RESTART_DEFAULTS, type Session, withComponent } from './session.ts';
import { topicsFromCapabilities } from './topic.ts';
import { MAX_COMPONENTS } from './transition-command.ts';

type Report<T extends ComponentReport['type']> = Extract<ComponentReport, { type: T }>;

/** What components say through the control server. */
export function applyReport(session: Session, report: ComponentReport): Transition {
  if (report.type === 'register') return register(session, report);
  const component = findComponent(session, report.componentId);
  if (component === undefined) {
    // Its detachment is why it goes.
    const going = report.type === 'disconnected' || report.type === 'left';
    if (going && session.retired.includes(report.componentId)) return accepted(session);
    return refused('COMPONENT_NOT_FOUND', `session "${session.name}" has no component "${report.componentId}"`);
  }
  switch (report.type) {
    case 'state':
      return moveTo(session, component, report);
    case 'runtimeError':
      return recordError(session, component, report);
    case 'disconnected':
      return component.connection === report.connection
        ? accepted(withComponent(session, disconnected(component)))
        : accepted(session);
    case 'left':
      return accepted(withComponent(session, { ...disconnected(component), state: 'SHUTDOWN', topics: [] }));
    default:
      return report satisfies never;
  }
}

function register(session: Session, report: Report<'register'>): Transition {
  if (report.sessionId !== undefined && report.sessionId !== session.id) {
    return refused('SESSION_NOT_FOUND', `the session "${session.name}" of this token has ended; this is another one`);
  }
  if (session.state === 'SHUTDOWN') {
    return refused('ILLEGAL_TRANSITION', `session "${session.name}" is SHUTDOWN`);
  }
  const id = reportedId(report);
  if (session.retired.includes(id)) {
    return refused('COMPONENT_NOT_FOUND', `the component was detached from session "${session.name}"`);
  }
  const declared = {
    state: 'REGISTERED',
    connection: report.connection,
    topics: topicsFromCapabilities(report.capabilities),
    ...(report.version === undefined ? {} : { version: report.version }),
  } as const;
  const known = findComponent(session, id);
  if (known !== undefined) return accepted(withComponent(session, { ...known, ...declared }));
  if (session.components.length >= MAX_COMPONENTS) {
    return refused('INVALID_SPEC', `session "${session.name}" has ${MAX_COMPONENTS} components already`);
  }
  return accepted({
    ...session,
    components: [...session.components, { ...startedByHand(session, id, report.name), ...declared }],
  });
}

function startedByHand(session: Session, id: string, name: string): Component {
  const base = { id, name: freeName(session, name), required: true, restart: RESTART_DEFAULTS, config: {} };
  const component = { ...base, state: 'INIT', wanted: false, incarnation: 0, restarts: 0, topics: [] } as const;
  return session.state === 'RUNNING' ? { ...component, joining: true } : component;
}

function freeName(session: Session, wanted: string): string {
  const taken = new Set(session.components.map((component) => component.name));
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}-${n}`;
  return name;
}

function moveTo(session: Session, component: Component, report: Report<'state'>): Transition {
  const { state } = report;
  if (!canMove(component.state, state)) {
    const legal = COMPONENT_MOVES[component.state].join(', ') || 'none';
    return refused(
      'ILLEGAL_TRANSITION',
      `component "${component.name}" is ${component.state}: ${state} is not legal; legal now: ${legal}`,
    );
  }
  const moved = withComponent(session, { ...component, state });
  if (state !== 'ERROR') return accepted(advance(moved));
  const message = report.message ?? 'it reported the state ERROR';
  return accepted(given(moved, component, { code: 'ERROR', message, recoverable: false }));
}

function recordError(session: Session, component: Component, report: Report<'runtimeError'>): Transition {
  const { code, message, recoverable } = report;
  return accepted(given(session, component, { code, message, recoverable }));
}

/**
 * The session after a component reported an error. One that is not recoverable ends the component; if aegisd launched
 * it, its restart policy decides once the process has ended.
 */
function given(session: Session, component: Component, lastError: NonNullable<Component['lastError']>): Session {
  if (lastError.recoverable) return withComponent(session, { ...component, lastError });
  const ended = withComponent(session, { ...component, state: 'ERROR', lastError });
  return component.launch === undefined ? failSession(ended, component, lastError.message) : ended;
}

function disconnected(component: Component): Component {
  const { connection: _connection, ...rest } = component;
  return rest;
}
