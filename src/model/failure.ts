import { advance } from './progress.ts';
import type { Component, Session } from './session.ts';
import { isStarting } from './session-state.ts';

/** The session after a component failed for good: a required one fails a session that starts or runs. */
export function failSession(session: Session, component: Component, reason: string): Session {
  // One that has not joined yet cannot take the run down that others are in.
  const active = isStarting(session.state) || (session.state === 'RUNNING' && !component.joining);
  if (!active || !component.required) return advance(session);
  return {
    ...session,
    state: 'FAILED',
    paused: false,
    failure: { code: 'COMPONENT_FAILED', message: `component "${component.name}" failed: ${reason}` },
  };
}
