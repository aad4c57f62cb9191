import type { Answer } from './connection-events.ts';
import type { Conversation } from './conversation.ts';
import { left, runtimeErrorAnswered } from './message-rules.ts';
import { authenticated, registered } from './registration-rules.ts';
import { dataSocketReady, stateAnswered } from './state-rules.ts';

/** The session's answer to what was asked for the message that waits. */
export function answered(c: Conversation, answer: Answer): void {
  const { waiting } = c;
  if (waiting === undefined) return;
  if (answer.type === 'unreachable') {
    unreachable(c, answer.reason);
    return;
  }
  if (answer.type === 'authenticate') {
    if (waiting.for === 'authenticate') authenticated(c, waiting, answer.result);
    return;
  }
  if (answer.type === 'dataSocket') {
    if (waiting.for === 'readyDataSocket' || waiting.for === 'legacyDataSocket')
      dataSocketReady(c, waiting, answer.path);
    return;
  }
  if (waiting.for === 'register') registered(c, waiting, answer.result);
  if (waiting.for === 'state') stateAnswered(c, waiting, answer.result);
  if (waiting.for === 'runtimeError') runtimeErrorAnswered(c, waiting, answer.result);
  if (waiting.for === 'left') left(c, waiting.messageId);
}

/** SDKs try again after a connection that ends without an answer. */
export function unreachable(c: Conversation, reason: string): void {
  const dataSocket = c.waiting?.for === 'readyDataSocket' || c.waiting?.for === 'legacyDataSocket';
  if (!dataSocket) {
    c.close(`no answer from the session: ${reason}`);
    return;
  }
  const message = 'the data socket of the session is not ready';
  c.fail({ code: 'INTERNAL_ERROR', message, correlationId: null });
}
