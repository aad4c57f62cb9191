import type { SessionActivities } from '../model/activities.ts';
import { componentActivities } from './components.ts';
import { runActivities } from './runs.ts';
import type { SessionHost } from './session-host.ts';
import { sessionActivities } from './sessions.ts';

export function createActivities(host: SessionHost): SessionActivities {
  return { ...componentActivities(host), ...runActivities(host), ...sessionActivities(host) };
}
