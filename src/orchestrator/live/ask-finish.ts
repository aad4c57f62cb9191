import { setTimeout as delay } from 'node:timers/promises';
import { AegisError } from '../../model/errors.ts';
import type { ComponentResults } from '../../model/wire/finish.ts';
import type { FeedLink } from '../feed-link.ts';

const ASK_AGAIN_MS = 100;

/** Asks the data stream server until every component has taken `rows` rows; undefined when another orchestrator feeds. */
export async function askFinish(link: FeedLink, epoch: number, rows: number): Promise<ComponentResults | undefined> {
  for (;;) {
    const answer = await link.finish(epoch, rows).catch(retryLater);
    if (answer?.state === 'fenced') return undefined;
    if (answer?.state === 'done') return answer.components;
    await delay(ASK_AGAIN_MS);
  }
}

/** Nobody answers: the data stream server or NATS is not there yet. */
function retryLater(error: unknown): undefined {
  if (AegisError.is(error) && (error.code === 'TIMEOUT' || error.code === 'DEPENDENCY_DOWN')) return undefined;
  throw error;
}
