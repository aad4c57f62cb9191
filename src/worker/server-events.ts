import { progressLine } from '../servers/resolve-progress.ts';
import type { ServerEvent } from '../servers/server-event.ts';

/** A line of aegisd's log for what happened to an embedded server. */
export function describeServerEvent(event: ServerEvent): string {
  switch (event.type) {
    case 'progress':
      return progressLine(event.progress);
    case 'resolved':
      return `${event.server}: found`;
    case 'external':
      return `${event.server}: external at ${event.address}`;
    case 'started':
      return `${event.server}: started at ${event.address}, pid ${event.pid}`;
    case 'died':
      return `${event.server}: ended (${event.how}), started again in ${event.restartInMs} ms`;
    case 'restart_failed':
      return `${event.server}: could not be started again (${event.message}), next try in ${event.restartInMs} ms`;
    case 'stopped':
      return `${event.server}: stopped (${event.how})`;
    default:
      return event satisfies never;
  }
}
