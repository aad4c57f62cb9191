import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigDelivery, DeliverConfigInput } from '../model/activities.ts';
import type { SessionHost } from './session-host.ts';

/** How long a component may take for its answer, ms; with what comes before, less than a client waits for an update. */
const ANSWER_MS = 8_000;
/** How long one that is just being configured may take to run, ms. */
const STARTING_MS = 5_000;
const POLL_MS = 100;

export async function deliverConfig(
  host: SessionHost,
  { sessionId, componentId, config }: DeliverConfigInput,
  signal: AbortSignal,
): Promise<ConfigDelivery> {
  for (const deadline = Date.now() + STARTING_MS; ; await delay(POLL_MS, undefined, { signal })) {
    const delivery = await host.control.reconfigure({ sessionId, componentId }, config, ANSWER_MS);
    if (delivery.answer !== 'starting') return delivery;
    if (Date.now() > deadline) return { answer: 'unanswered' };
  }
}
