import { preparePlanThread } from '../tape/plan-thread.ts';
import type { SessionHost } from './session-host.ts';

/** Gets ready what the first session would wait for. */
export function warmUp({ dataStreams, orchestrators }: SessionHost): void {
  preparePlanThread();
  dataStreams.prepare();
  orchestrators.prepare();
}
