import { workflowId } from '../../src/model/activities.ts';
import type { Session } from '../../src/model/session.ts';
import type { TestAegis } from '../support/aegis.ts';
import type { AttachedComponent } from './components.ts';
import { type Flow, readFlow } from './flow.ts';

/** One session in which things go wrong. */
export interface Arena {
  readonly aegis: TestAegis;
  /** Name of the session. */
  readonly session: string;
  readonly sessionId: string;
  readonly components: readonly AttachedComponent[];
  /** Bytes of each component's stream, by its id. */
  readonly totals: ReadonlyMap<string, number>;
}

/** Sessions of this suite run once. */
export const ONLY_RUN = 1;

export function flowOf({ aegis, sessionId, totals }: Arena): Flow {
  return readFlow({ home: aegis.home, sessionId, run: ONLY_RUN, components: [...totals.keys()] });
}

/** What the session says of itself, or undefined when it does not answer within the time. */
export async function askState({ aegis, session }: Arena, withinMs: number): Promise<Session | undefined> {
  const { temporal } = aegis.client;
  const ask = () => temporal.workflow.getHandle(workflowId(session)).query<Session>('state');
  return temporal.withDeadline(Date.now() + withinMs, ask).catch(() => undefined);
}
