import type { SessionEvent, Transition } from './event.ts';
import type { Session } from './session.ts';
import { applyCommand } from './transition-command.ts';
import { applyIncident } from './transition-incident.ts';
import { applyReport } from './transition-report.ts';

/**
 * The life of a session: the next state for an event, or the reason why the event is refused. Pure; the workflow's
 * validators and handlers both call it, so what is promised and what happens cannot differ. A refusal changes nothing.
 */
export function transition(session: Session, event: SessionEvent): Transition {
  switch (event.type) {
    case 'attach':
    case 'detach':
    case 'configure':
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
    case 'restart':
    case 'shutdown':
      return applyCommand(session, event);
    case 'register':
    case 'state':
    case 'runtimeError':
    case 'disconnected':
    case 'left':
      return applyReport(session, event);
    case 'exited':
    case 'replaced':
    case 'configRefused':
    case 'startRefused':
    case 'streamStarted':
    case 'joined':
    case 'joinRefused':
    case 'streamEnded':
    case 'failed':
      return applyIncident(session, event);
    default:
      return event satisfies never;
  }
}
