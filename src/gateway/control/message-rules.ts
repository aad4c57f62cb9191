import type { InboundMessage } from '../../model/protocol/inbound.ts';
import { ACK, SHUTDOWN } from '../../model/protocol/outgoing.ts';
import type { ProtocolProblem } from '../../model/protocol/protocol-error.ts';
import type { ReportAnswer } from '../../model/report.ts';
import type { Conversation, Member, Waiting } from './conversation.ts';
import { firstMessage } from './registration-rules.ts';
import { stateUpdate } from './state-rules.ts';

type WaitingFor<T extends Waiting['for']> = Extract<Waiting, { for: T }>;

export interface MessageContext {
  /** Seconds that the connection is open. */
  readonly uptimeSeconds: number;
}

/** A valid message of the component. */
export function received(c: Conversation, message: InboundMessage, context: MessageContext): void {
  const { member } = c;
  if (member === undefined) {
    firstMessage(c, message);
    return;
  }
  switch (message.type) {
    case 'stateUpdate':
      stateUpdate(c, message);
      return;
    case 'ack':
      acknowledged(c);
      return;
    case 'nack':
    case 'pong':
      return;
    case 'ping': {
      const payload = { state: member.state, uptime_seconds: context.uptimeSeconds };
      c.send({ type: 'HEARTBEAT', command: 'PONG', payload }, message.id);
      return;
    }
    case 'runtimeError':
      runtimeError(c, member, message);
      return;
    case 'shutdown':
      leaving(c, member, message.id);
      return;
    case 'register':
      misplaced(c, message.id, 'REGISTER');
      return;
    case 'misplaced':
      misplaced(c, message.id, message.command);
      return;
    default:
      message satisfies never;
  }
}

/** Something that is not a valid message. */
export function faulty(c: Conversation, problem: ProtocolProblem, command: string | undefined): void {
  if (c.phase === 'unregistered') {
    const envelope = problem.code === 'DECODE_ERROR' || problem.code === 'INVALID_ENVELOPE';
    const code = envelope || command === 'REGISTER' ? problem.code : 'INVALID_COMMAND';
    const message = code === problem.code ? problem.message : 'the first message must be LIFECYCLE/REGISTER';
    c.fail({ ...problem, code, message });
    return;
  }
  if (c.inHandshake) {
    c.fail(problem);
    return;
  }
  if (problem.code === 'DECODE_ERROR') {
    c.close('the component sent something that cannot be decoded');
    return;
  }
  c.warn(problem);
}

/** SDKs set the correlation, some wrongly: what was sent first is acknowledged first. */
function acknowledged(c: Conversation): void {
  if (c.phase === 'configuring') {
    c.disarm('configureAck');
    return;
  }
  if (c.reconfigureSent) {
    c.reconfigureSent = false;
    c.act({ type: 'reconfigured' });
    return;
  }
  if (!c.rebornSent) return;
  c.rebornSent = false;
  c.act({ type: 'rebornAcknowledged' });
}

function runtimeError(
  c: Conversation,
  { session, componentId }: Member,
  { code, message, recoverable }: Extract<InboundMessage, { type: 'runtimeError' }>,
): void {
  // A component that fails at CONFIGURE says so instead of its ACK.
  if (c.phase === 'configuring') c.disarm('configureAck');
  if (c.reconfigureSent && code === 'CONFIGURE_FAILED') {
    c.reconfigureSent = false;
    c.act({ type: 'reconfigured', problem: message });
  }
  c.arm('answer', c.limits.answerMs);
  c.ask(
    { type: 'report', session, report: { type: 'runtimeError', componentId, code, message, recoverable } },
    { for: 'runtimeError', recoverable },
  );
}

export function runtimeErrorAnswered(c: Conversation, waiting: WaitingFor<'runtimeError'>, answer: ReportAnswer): void {
  c.settle();
  if (answer.ok && c.member !== undefined) c.member.state = answer.state;
  if (waiting.recoverable) return;
  if (c.inHandshake) {
    c.close('the component reported an error that is not recoverable');
    return;
  }
  shutdown(c);
}

/** Before RUNNING the component would take SHUTDOWN for the answer it awaits: its connection is closed instead. */
export function shutdown(c: Conversation): void {
  if (c.inHandshake) {
    c.close('the component is shut down');
    return;
  }
  c.shutdownSent = true;
  c.disarm('ping');
  c.send(SHUTDOWN);
}

function leaving(c: Conversation, { session, componentId }: Member, messageId: string): void {
  // After a SHUTDOWN of the daemon this is its echo: the session keeps the component's entry.
  if (c.shutdownSent) {
    left(c, messageId);
    return;
  }
  c.arm('answer', c.limits.answerMs);
  c.ask({ type: 'report', session, report: { type: 'left', componentId } }, { for: 'left', messageId });
}

export function left(c: Conversation, messageId: string): void {
  c.settle();
  if (!c.shutdownSent) c.reported = undefined;
  c.phase = 'leaving';
  c.disarm('ping');
  c.send(ACK, messageId);
  c.arm('leave', c.limits.leaveMs);
}

function misplaced(c: Conversation, correlationId: string, command: string): void {
  const problem = { code: 'UNEXPECTED_MESSAGE', message: `${command} is not expected here`, correlationId } as const;
  if (c.inHandshake) c.fail(problem);
  else c.warn(problem);
}
