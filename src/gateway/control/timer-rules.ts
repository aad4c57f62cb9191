import { PING } from '../../model/protocol/outgoing.ts';
import { unreachable } from './answer-rules.ts';
import type { TimerName } from './connection-events.ts';
import type { Conversation } from './conversation.ts';
import { configureLegacy } from './state-rules.ts';

/** A time limit of the conversation is over. */
export function expired(c: Conversation, timer: TimerName): void {
  const { limits } = c;
  switch (timer) {
    case 'register': {
      const message = `no REGISTER within ${limits.registerMs} ms`;
      c.fail({ code: 'REGISTRATION_FAILED', message, correlationId: null });
      return;
    }
    case 'answer':
      c.close(`no answer from the session within ${limits.answerMs} ms`);
      return;
    case 'dataSocket':
      unreachable(c, `not ready within ${limits.dataSocketMs} ms`);
      return;
    case 'step': {
      const awaited = c.phase === 'registered' ? 'INITIALIZING' : 'READY';
      const message = `no ${awaited} within ${limits.stepMs} ms`;
      c.fail({ code: 'UNEXPECTED_STATE', message, correlationId: null });
      return;
    }
    case 'legacy':
      configureLegacy(c);
      return;
    case 'configureAck': {
      const message = `no ACK of CONFIGURE within ${limits.configureAckMs} ms`;
      c.fail({ code: 'CONFIG_ACK_TIMEOUT', message, correlationId: null });
      return;
    }
    case 'silence':
      c.close('the component was silent for too long');
      return;
    case 'ping':
      c.send(PING);
      c.arm('ping', limits.pingMs);
      return;
    case 'leave':
      c.close('the component left');
      return;
    default:
      timer satisfies never;
  }
}
