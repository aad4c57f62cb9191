import type { Socket } from 'node:net';
import { fullTopic } from '../../model/topic.ts';
import type { ComponentStream } from './component-stream.ts';
import type { CurrentRun } from './current-run.ts';
import { type ConnectionEvents, DataConnection } from './data-connection.ts';
import { acceptance, type Handshake } from './handshake.ts';
import { refusalOf, withoutReceived } from './stream-claim.ts';

/** Of one component: it may have several, but must not use up the descriptors of all. */
const MAX_CONNECTIONS = 16;

export interface AdmissionContext {
  readonly sessionId: string;
  readonly run: CurrentRun | undefined;
  readonly events: ConnectionEvents;
}

export type Admission =
  | { readonly refused: string }
  /** `behind`: what the component needs is forgotten, and the stream must go back for it. */
  | { readonly connection: DataConnection; readonly behind: boolean };

/** Takes a data connection of a component after its handshake, or says why not. */
export function admit(
  component: ComponentStream,
  { format, seq, notices, claim }: Handshake,
  socket: Socket,
  { sessionId, run, events }: AdmissionContext,
): Admission {
  if (component.topics.length === 0) return { refused: 'no topics for component' };
  component.settle();
  if (component.connections.size >= MAX_CONNECTIONS) return { refused: 'too many connections of component' };
  const problem = component.formatProblem(format) ?? refusalOf(claim, component, run);
  if (problem !== undefined) return { refused: problem };

  const reformatted = component.group !== undefined && component.group.format !== format;
  if (reformatted) run?.reformat(component, format);
  const { group } = component;
  const idle = group !== undefined && run?.isPaced(group) !== true;
  const start = component.begin(run?.finished === true ? withoutReceived(claim) : claim);
  const extended = seq || claim.from !== undefined || format === 'arrow';
  const stated = extended && run !== undefined && start !== undefined ? component.stated(run.run, start) : undefined;
  const topics = component.topics.map((topic) => fullTopic(sessionId, topic));
  const answer = acceptance(topics, stated, format);
  const wishes = { format, numbered: seq, strict: extended, notices };
  const connection = new DataConnection({ socket, answer, claim, ...wishes, events });
  component.progressAt = performance.now();
  component.connected(connection, start);
  // A group of its own begins with the run.
  const forgotten = start !== undefined && group !== undefined && (reformatted || idle || !group.holds(start));
  return { connection, behind: forgotten && run?.started === true && !run.finished };
}
