import type { ComponentState } from './component-state.ts';
import type { Component, Session } from './session.ts';

const RANK: Readonly<Record<ComponentState, number>> = {
  INIT: 0,
  REGISTERED: 1,
  INITIALIZING: 2,
  READY: 3,
  CONFIGURED: 4,
  RUNNING: 5,
  WAITING: 5,
  FINISHED: 5,
  ERROR: -1,
  SHUTDOWN: -1,
};

/** The components a start waits for: the required ones, and optional ones whose process is on its way. */
export function awaited(session: Session): readonly Component[] {
  return session.components.filter(
    (component) => component.required || (component.wanted && RANK[component.state] >= 0),
  );
}

export function hasReached(component: Component, state: ComponentState): boolean {
  return RANK[component.state] >= RANK[state];
}

export function allReached(session: Session, state: ComponentState): boolean {
  return awaited(session).every((component) => hasReached(component, state));
}

/** A starting session is as far as the slowest of the components it waits for; it never goes back. */
export function advance(session: Session): Session {
  let next = session;
  if (next.state === 'INITIALIZING' && allReached(next, 'READY')) next = { ...next, state: 'READY' };
  if (next.state === 'READY' && allReached(next, 'CONFIGURED')) next = { ...next, state: 'CONFIGURED' };
  return next;
}
