import { isLive } from '../../model/component-state.ts';
import type { Inbound } from '../../model/protocol/inbound.ts';
import { PING, REBORN } from '../../model/protocol/outgoing.ts';
import type { Answer, ConnectionAction, ConnectionEvent, TimerName } from './connection-events.ts';
import { Conversation, type ConversationOptions, type Member, type Phase } from './conversation.ts';
import { MessageRate } from './message-rate.ts';
import { faulty, left, received, runtimeErrorAnswered, shutdown } from './message-rules.ts';
import { authenticated, registered } from './registration-rules.ts';
import { configureLegacy, dataSocketReady, stateAnswered } from './state-rules.ts';

type Queued =
  | { readonly type: 'inbound'; readonly inbound: Inbound; readonly now: number }
  | { readonly type: 'ended' };

/**
 * The rules of one control connection, without socket, clock and session: events in, actions out. Messages are answered
 * one after another in the order in which they came; while the session is asked, later ones wait.
 */
export class ConnectionRules {
  readonly #c: Conversation;
  readonly #rate: MessageRate;
  readonly #openedAt: number;
  #queue: Queued[] = [];

  constructor(options: ConversationOptions & { readonly openedAt: number }) {
    const { messagesPerSecond: perSecond, messageBurst: burst } = options.limits;
    this.#c = new Conversation(options);
    this.#rate = new MessageRate({ perSecond, burst });
    this.#openedAt = options.openedAt;
  }

  get member(): Readonly<Member> | undefined {
    return this.#c.member;
  }

  get phase(): Phase {
    return this.#c.phase;
  }

  /** Messages that wait for their turn: the shell stops reading when they are many. */
  get backlog(): number {
    return this.#queue.length;
  }

  handle(event: ConnectionEvent): readonly ConnectionAction[] {
    if (this.#c.phase !== 'closed') this.#apply(event);
    if (this.#c.phase === 'closed') this.#queue = [];
    return this.#c.takeActions();
  }

  #apply(event: ConnectionEvent): void {
    const c = this.#c;
    switch (event.type) {
      case 'opened':
        c.arm('register', c.limits.registerMs);
        return;
      case 'inbound':
        this.#arrived(event);
        return;
      case 'ended':
        this.#queue.push(event);
        this.#drain();
        return;
      case 'answer':
        if (event.call !== c.call || c.waiting === undefined) return;
        this.#answered(event.answer);
        this.#drain();
        return;
      case 'timer':
        this.#expired(event.timer);
        return;
      case 'lost':
        c.close(event.reason);
        return;
      case 'replaced':
        // The entry belongs to the newer connection now.
        c.reported = undefined;
        c.close('a newer connection has this component id');
        return;
      case 'reborn':
        if (c.phase !== 'running' || c.member === undefined || !isLive(c.member.state)) return;
        c.rebornSent = true;
        c.send(REBORN);
        return;
      case 'shutdown':
        shutdown(c);
        return;
      default:
        event satisfies never;
    }
  }

  #arrived(event: Extract<Queued, { type: 'inbound' }>): void {
    const c = this.#c;
    const { inbound } = event;
    if (inbound.type === 'problem' && inbound.problem.code === 'LIMIT_EXCEEDED') {
      c.fail(inbound.problem);
      return;
    }
    if (!this.#rate.take(event.now)) {
      const message = `more than ${c.limits.messagesPerSecond} messages per second`;
      c.fail({ code: 'LIMIT_EXCEEDED', message, correlationId: null });
      return;
    }
    if (c.member !== undefined) c.arm('silence', c.phase === 'running' ? c.limits.deadMs : c.limits.silenceMs);
    if (c.waiting?.for === 'legacyDataSocket') {
      // It does say something: what that is decides whether it is a legacy component.
      c.settle();
      c.arm('legacy', c.limits.legacyMs);
    }
    this.#queue.push(event);
    this.#drain();
  }

  #drain(): void {
    const c = this.#c;
    while (c.waiting === undefined && c.phase !== 'closed') {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (next.type === 'ended') {
        c.close('the component ended the connection');
        return;
      }
      if (next.inbound.type === 'problem') faulty(c, next.inbound.problem, next.inbound.command);
      else received(c, next.inbound.message, { uptimeSeconds: Math.floor((next.now - this.#openedAt) / 1_000) });
    }
  }

  #answered(answer: Answer): void {
    const c = this.#c;
    const { waiting } = c;
    if (waiting === undefined) return;
    if (answer.type === 'unreachable') {
      this.#unreachable(answer.reason);
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
  #unreachable(reason: string): void {
    const c = this.#c;
    const dataSocket = c.waiting?.for === 'readyDataSocket' || c.waiting?.for === 'legacyDataSocket';
    if (!dataSocket) {
      c.close(`no answer from the session: ${reason}`);
      return;
    }
    const message = 'the data socket of the session is not ready';
    c.fail({ code: 'INTERNAL_ERROR', message, correlationId: null });
  }

  #expired(timer: TimerName): void {
    const c = this.#c;
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
        this.#unreachable(`not ready within ${limits.dataSocketMs} ms`);
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
}
