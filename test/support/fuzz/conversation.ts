import type { ConnectionAction, Question } from '../../../src/gateway/control/connection-events.ts';
import { ConnectionRules } from '../../../src/gateway/control/connection-rules.ts';
import type { Phase } from '../../../src/gateway/control/conversation.ts';
import { CONTROL_LIMITS } from '../../../src/gateway/control/limits.ts';
import { type ComponentState, canMove } from '../../../src/model/component-state.ts';
import type { FrameDecoder } from '../../../src/model/protocol/codec.ts';
import { FirstByteCodec } from '../../../src/model/protocol/first-byte-codec.ts';
import type { Inbound } from '../../../src/model/protocol/inbound.ts';
import { type OutgoingBody, seal } from '../../../src/model/protocol/outgoing.ts';
import { topicsFromCapabilities } from '../../../src/model/topic.ts';
import { TOKEN } from './messages.ts';

/** One thing that was read, and all that followed from it. */
export interface Exchange {
  readonly inbound: Inbound;
  readonly phase: Phase;
  readonly sent: ReadonlyArray<{ readonly body: OutgoingBody; readonly encode: () => Uint8Array }>;
  /** Reason for which the connection was closed. */
  readonly closed: string | undefined;
}

/** Decoder and rules of one connection as the control server has them, with a session that answers at once. */
export class FuzzConversation {
  readonly #codec = new FirstByteCodec();
  readonly #decoder: FrameDecoder;
  readonly #rules = new ConnectionRules({ limits: CONTROL_LIMITS, connection: 'c', freshId: 'cmp-f', openedAt: 0 });
  #state: ComponentState = 'INIT';
  #now = 0;

  constructor(maxFrameBytes: number) {
    this.#decoder = this.#codec.createDecoder({ maxFrameBytes });
    this.#rules.handle({ type: 'opened' });
  }

  get closed(): boolean {
    return this.#rules.phase === 'closed';
  }

  push(bytes: Uint8Array): readonly Exchange[] {
    const exchanges: Exchange[] = [];
    for (const inbound of this.#decoder.push(bytes)) {
      if (this.closed) break;
      this.#now += 10;
      const { phase } = this.#rules;
      const actions = this.#settle(this.#rules.handle({ type: 'inbound', inbound, now: this.#now }));
      const sent = actions.flatMap((action) => (action.type === 'send' ? [this.#sealed(action)] : []));
      const closed = actions.find((action) => action.type === 'close')?.reason;
      exchanges.push({ inbound, phase, sent, closed });
    }
    return exchanges;
  }

  /** The actions with those that follow from the session's answers. */
  #settle(actions: readonly ConnectionAction[]): readonly ConnectionAction[] {
    return actions.flatMap((action) => {
      if (action.type !== 'ask') return [action];
      const { call, question } = action;
      return this.#settle(this.#rules.handle({ type: 'answer', call, answer: this.#answer(question) }));
    });
  }

  #sealed({ body, correlationId }: Extract<ConnectionAction, { type: 'send' }>) {
    const options = { messageId: 'm', correlationId, componentId: this.#rules.member?.componentId, now: this.#now };
    return { body, encode: () => this.#codec.encode(seal(body, options)) };
  }

  #answer(question: Question) {
    if (question.type === 'dataSocket') return { type: 'dataSocket', path: '/run/data.sock' } as const;
    if (question.type === 'authenticate') {
      const known = question.token === TOKEN;
      const result = known
        ? ({ ok: true, session: 'alpha', sessionId: 'sess-alpha' } as const)
        : ({ ok: false, reason: 'unknown' } as const);
      return { type: 'authenticate', result } as const;
    }
    return { type: 'report', result: this.#report(question.report) } as const;
  }

  #report(report: Extract<Question, { type: 'report' }>['report']) {
    const topics = report.type === 'register' ? topicsFromCapabilities(report.capabilities) : [];
    if (report.type === 'register') this.#state = 'REGISTERED';
    if (report.type === 'state') {
      if (!canMove(this.#state, report.state)) {
        return { ok: false, code: 'ILLEGAL_TRANSITION', message: 'not legal' } as const;
      }
      this.#state = report.state;
    }
    const componentId = report.componentId ?? 'cmp-f';
    return { ok: true, componentId, state: this.#state, topics, config: { threshold: 0.5 } } as const;
  }
}
