import type { InboundMessage, Registration } from '../../model/protocol/inbound.ts';
import { configureFits, MAX_LINE_BYTES } from '../../model/protocol/padding.ts';
import type { ReportAnswer } from '../../model/report.ts';
import type { Capabilities } from '../../model/topic.ts';
import type { Conversation, Waiting } from './conversation.ts';
import type { Authentication } from './session-port.ts';

type WaitingFor<T extends Waiting['for']> = Extract<Waiting, { for: T }>;

/** More topics than any CONFIGURE can carry are not worked out. */
const MAX_TOPICS = 10_000;

/** The first message. Anything but a REGISTER ends the connection. */
export function firstMessage(c: Conversation, message: InboundMessage): void {
  c.disarm('register');
  if (message.type !== 'register') {
    c.fail({
      code: 'INVALID_COMMAND',
      message: 'the first message must be LIFECYCLE/REGISTER',
      correlationId: message.id,
    });
    return;
  }
  const { registration, id: messageId } = message;
  const excess = declaresTooMuch(registration.capabilities);
  if (excess !== undefined) {
    c.fail({ code: 'REGISTRATION_FAILED', message: excess, correlationId: messageId });
    return;
  }
  c.arm('answer', c.limits.answerMs);
  c.ask({ type: 'authenticate', token: registration.token }, { for: 'authenticate', messageId, registration });
}

export function authenticated(c: Conversation, waiting: WaitingFor<'authenticate'>, result: Authentication): void {
  const { messageId, registration } = waiting;
  if (result.ok) {
    const { session, sessionId } = result;
    c.reported = { session, componentId: registration.componentId ?? c.freshId };
    c.ask(
      { type: 'report', session, report: registerReport(c, sessionId, registration) },
      {
        for: 'register',
        messageId,
        name: registration.name,
        sessionId,
        session,
        reconfigurable: registration.reconfigurable ?? false,
      },
    );
    return;
  }
  switch (result.reason) {
    case 'unknown':
      c.fail({ code: 'WRONG_SESSION_TOKEN', message: 'no session has this token', correlationId: messageId });
      return;
    case 'unavailable':
      c.close('sessions are not available yet');
      return;
    default:
      result.reason satisfies never;
  }
}

export function registered(c: Conversation, waiting: WaitingFor<'register'>, answer: ReportAnswer): void {
  const { messageId, name, session, sessionId, reconfigurable } = waiting;
  if (!answer.ok) {
    c.reported = undefined;
    const code = answer.code === 'SESSION_NOT_FOUND' ? 'WRONG_SESSION_TOKEN' : 'REGISTRATION_FAILED';
    c.fail({ code, message: answer.message, correlationId: messageId });
    return;
  }
  const { componentId, state, topics, config } = answer;
  c.reported = { session, componentId };
  if (!configureFits(topics, config)) {
    const message = `its topics and configuration do not fit CONFIGURE, which has at most ${MAX_LINE_BYTES} bytes`;
    c.fail({ code: 'REGISTRATION_FAILED', message, correlationId: messageId });
    return;
  }
  c.settle();
  c.member = { sessionId, session, componentId, name, state, topics, config, reconfigurable };
  c.phase = 'registered';
  c.act({ type: 'registered' });
  c.send(
    {
      type: 'LIFECYCLE',
      command: 'REGISTERED',
      payload: { component_id: componentId, session_id: sessionId, state: 'REGISTERED' },
    },
    messageId,
  );
  c.arm('silence', c.limits.silenceMs);
  c.arm('step', c.limits.stepMs);
  c.arm('legacy', c.limits.legacyMs);
}

function registerReport(c: Conversation, sessionId: string, registration: Registration) {
  const { componentId, name, version, capabilities } = registration;
  return {
    type: 'register',
    sessionId,
    freshId: c.freshId,
    connection: c.connection,
    name,
    capabilities,
    ...(componentId === undefined ? {} : { componentId }),
    ...(version === undefined ? {} : { version }),
  } as const;
}

function declaresTooMuch(capabilities: Capabilities): string | undefined {
  const { streams, symbols, timeframes } = capabilities;
  const topics = streams.length * symbols.length * Math.max(3, timeframes.length);
  const bytes = Buffer.byteLength(JSON.stringify(capabilities));
  if (topics <= MAX_TOPICS && bytes <= MAX_LINE_BYTES) return undefined;
  return `it declares more topics than fit CONFIGURE, which has at most ${MAX_LINE_BYTES} bytes`;
}
