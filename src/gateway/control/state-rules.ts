import type { InboundMessage } from '../../model/protocol/inbound.ts';
import { ACK } from '../../model/protocol/outgoing.ts';
import type { ReportAnswer } from '../../model/report.ts';
import type { Conversation, Member, Waiting } from './conversation.ts';

type StateUpdate = Extract<InboundMessage, { type: 'stateUpdate' }>;
type WaitingFor<T extends Waiting['for']> = Extract<Waiting, { for: T }>;

/** Each STATE_UPDATE gets exactly one answer, once the workflow has decided. */
export function stateUpdate(c: Conversation, update: StateUpdate): void {
  const { member } = c;
  if (member === undefined) return;
  const { id, state, message } = update;
  const unexpected = outOfStep(c, update);
  if (unexpected !== undefined) {
    c.fail({ code: 'UNEXPECTED_STATE', message: unexpected, correlationId: id });
    return;
  }
  c.disarm('legacy');
  c.disarm('step');
  c.arm('answer', c.limits.answerMs);
  const { session, componentId } = member;
  const report = { type: 'state', componentId, state, ...(message === undefined ? {} : { message }) } as const;
  c.ask({ type: 'report', session, report }, { for: 'state', messageId: id, state });
}

/** While INITIALIZING and READY are awaited the connection knows the next step; later only the workflow does. */
function outOfStep(c: Conversation, { state }: StateUpdate): string | undefined {
  if (state === 'ERROR') return undefined;
  switch (c.phase) {
    case 'registered':
      return state === 'INITIALIZING' || state === 'REGISTERED' ? undefined : `${state} came instead of INITIALIZING`;
    case 'initializing':
      return state === 'READY' || state === 'INITIALIZING' ? undefined : `${state} came instead of READY`;
    case 'configuring':
      // A component that waited too long with INITIALIZING was configured as one of the legacy generation.
      return state === 'INITIALIZING' ? 'INITIALIZING came after CONFIGURE' : undefined;
    default:
      return undefined;
  }
}

export function stateAnswered(c: Conversation, waiting: WaitingFor<'state'>, answer: ReportAnswer): void {
  const { member } = c;
  if (member === undefined) return;
  const { messageId, state } = waiting;
  if (!answer.ok) {
    refused(c, messageId, answer);
    return;
  }
  member.state = answer.state;
  if (c.phase === 'initializing' && state === 'READY') {
    awaitDataSocket(c, { for: 'readyDataSocket', messageId });
    return;
  }
  c.settle();
  c.send(ACK, messageId);
  enter(c, waiting);
}

function refused(c: Conversation, correlationId: string, answer: Extract<ReportAnswer, { ok: false }>): void {
  c.settle();
  const { message } = answer;
  if (answer.code !== 'ILLEGAL_TRANSITION') {
    c.fail({ code: 'INTERNAL_ERROR', message, correlationId });
    return;
  }
  const problem = { code: 'STATE_TRANSITION_FAILED', message, correlationId } as const;
  if (c.inHandshake) c.fail(problem);
  else c.warn(problem);
}

function enter(c: Conversation, { state }: WaitingFor<'state'>): void {
  if (!c.inHandshake) return;
  switch (state) {
    case 'INITIALIZING':
      c.phase = 'initializing';
      c.arm('step', c.limits.stepMs);
      return;
    case 'CONFIGURED':
      c.phase = 'configured';
      c.disarm('configureAck');
      return;
    case 'RUNNING':
      c.phase = 'running';
      c.arm('ping', c.limits.pingMs);
      c.arm('silence', c.limits.deadMs);
      return;
    case 'ERROR':
      c.phase = 'failed';
      c.disarm('step');
      c.disarm('configureAck');
      return;
    default:
  }
}

/** A component that sends nothing after REGISTERED waits for CONFIGURE. */
export function configureLegacy(c: Conversation): void {
  if (c.phase !== 'registered') return;
  if (c.waiting === undefined) awaitDataSocket(c, { for: 'legacyDataSocket' });
  else c.arm('legacy', c.limits.legacyMs);
}

function awaitDataSocket(c: Conversation, waiting: WaitingFor<'readyDataSocket' | 'legacyDataSocket'>): void {
  const { member } = c;
  if (member === undefined) return;
  c.arm('dataSocket', c.limits.dataSocketMs);
  const { sessionId, componentId, topics } = member;
  c.ask({ type: 'dataSocket', sessionId, id: componentId, topics }, waiting);
}

export function dataSocketReady(
  c: Conversation,
  waiting: WaitingFor<'readyDataSocket' | 'legacyDataSocket'>,
  path: string,
): void {
  const { member } = c;
  if (member === undefined) return;
  c.settle();
  if (waiting.for === 'readyDataSocket') c.send(ACK, waiting.messageId);
  member.dataSocket = path;
  sendConfigure(c, member, path);
  c.phase = 'configuring';
  c.disarm('step');
  c.arm('configureAck', c.limits.configureAckMs);
}

/** An operator has changed the configuration of a running component. */
export function reconfigure(c: Conversation, config: Member['config']): void {
  const { member } = c;
  if (member?.dataSocket === undefined || c.phase !== 'running') return;
  member.config = config;
  c.reconfigureSent = true;
  sendConfigure(c, member, member.dataSocket);
}

function sendConfigure(c: Conversation, { topics, config }: Member, dataSocket: string): void {
  c.send({ type: 'CONFIG', command: 'CONFIGURE', payload: { data_stream_socket: dataSocket, topics, config } });
}
