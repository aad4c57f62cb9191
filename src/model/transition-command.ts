import { isLive } from './component-state.ts';
import { accepted, type Command, refused, type Transition } from './event.ts';
import {
  type Component,
  type ComponentSpec,
  findByIdOrName,
  type Session,
  sessionTopics,
  withComponent,
} from './session.ts';
import { isLegal, legalCommands } from './session-state.ts';

/** More would only grow the workflow's state; SDKs that reconnect after a detach do so within a minute. */
const RETIRED_KEPT = 64;
/** Larger sessions belong to several sessions: the state must stay far below Temporal's payload limit. */
export const MAX_COMPONENTS = 256;

export function applyCommand(session: Session, command: Command): Transition {
  if (!isLegal(command.type, session.state)) {
    const legal = legalCommands(session.state, session.spec.mode);
    const instead = legal.length > 0 ? `legal now: ${legal.join(', ')}` : 'nothing is legal any more';
    return refused('ILLEGAL_TRANSITION', `${command.type}: session "${session.name}" is ${session.state}; ${instead}`);
  }
  switch (command.type) {
    case 'attach':
      return attach(session, command.component);
    case 'detach':
      return detach(session, command.component);
    case 'configure':
      return configure(session, command.component, command.config);
    case 'start':
    case 'restart':
      return start(session);
    case 'pause':
    case 'resume':
      return setPaused(session, command.type === 'pause');
    case 'stop':
      return accepted({ ...session, state: 'FINISHED', paused: false, outcome: 'stopped' });
    case 'shutdown':
      return accepted({ ...session, state: 'SHUTDOWN', paused: false, components: session.components.map(unwanted) });
    default:
      return command satisfies never;
  }
}

function attach(session: Session, spec: ComponentSpec): Transition {
  if (session.components.length >= MAX_COMPONENTS) {
    return refused('INVALID_SPEC', `attach: session "${session.name}" has ${MAX_COMPONENTS} components already`);
  }
  if (findByIdOrName(session, spec.name) !== undefined || findByIdOrName(session, spec.id) !== undefined) {
    return refused('INVALID_SPEC', `attach: session "${session.name}" has a component "${spec.name}" already`);
  }
  const component: Component = { ...spec, state: 'INIT', wanted: false, incarnation: 0, restarts: 0, topics: [] };
  const added = session.state === 'RUNNING' ? joining(component) : component;
  return accepted({ ...session, components: [...session.components, added] });
}

/** It comes while the stream flows: it is launched at once, and takes part once it is RUNNING. */
export function joining(component: Component): Component {
  if (component.launch === undefined) return { ...component, joining: true };
  return { ...component, joining: true, wanted: true, incarnation: component.incarnation + 1 };
}

function detach(session: Session, idOrName: string): Transition {
  const gone = findByIdOrName(session, idOrName);
  if (gone === undefined) return unknownComponent('detach', session, idOrName);
  return accepted({
    ...session,
    components: session.components.filter((component) => component !== gone),
    retired: [...session.retired, gone.id].slice(-RETIRED_KEPT),
  });
}

function configure(session: Session, idOrName: string, config: Readonly<Record<string, unknown>>): Transition {
  const component = findByIdOrName(session, idOrName);
  if (component === undefined) return unknownComponent('configure', session, idOrName);
  return accepted(withComponent(session, { ...component, config }));
}

function start(session: Session): Transition {
  if (session.components.length === 0 && sessionTopics(session).length === 0) {
    return refused('START_REFUSED', `start: session "${session.name}" has no component; attach one first`);
  }
  const { outcome: _outcome, summary: _summary, failure: _failure, ...rest } = session;
  return accepted({
    ...rest,
    state: 'INITIALIZING',
    paused: false,
    run: session.run + 1,
    components: session.components.map(prepared),
  });
}

/** A component that still takes rows runs on and is reborn; any other process is launched anew. */
function prepared({ joining: _joining, ...component }: Component): Component {
  if (component.launch === undefined || isLive(component.state)) return { ...component, restarts: 0 };
  const { connection: _connection, ...rest } = component;
  return { ...rest, state: 'INIT', wanted: true, incarnation: component.incarnation + 1, restarts: 0 };
}

function setPaused(session: Session, paused: boolean): Transition {
  if (session.spec.mode === 'realtime') {
    const legal = legalCommands(session.state, 'realtime').join(', ');
    return refused(
      'ILLEGAL_TRANSITION',
      `session "${session.name}" is realtime: a live market cannot be paused; legal now: ${legal}`,
    );
  }
  if (session.paused === paused) {
    const [word, legal] = paused ? ['paused already', 'resume'] : ['not paused', 'pause'];
    return refused(
      'ILLEGAL_TRANSITION',
      `session "${session.name}" is ${word}; legal now: ${legal}, stop, restart, shutdown`,
    );
  }
  return accepted({ ...session, paused });
}

export function unwanted(component: Component): Component {
  return { ...component, wanted: false };
}

function unknownComponent(command: string, session: Session, idOrName: string): Transition {
  const names = session.components.map((component) => component.name).join(', ') || 'none';
  return refused(
    'COMPONENT_NOT_FOUND',
    `${command}: session "${session.name}" has no component "${idOrName}"; it has: ${names}`,
  );
}
