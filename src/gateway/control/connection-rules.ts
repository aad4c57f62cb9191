import { isLive } from '../../model/component-state.ts';
import type { Inbound } from '../../model/protocol/inbound.ts';
import { REBORN } from '../../model/protocol/outgoing.ts';
import { answered } from './answer-rules.ts';
import type { ConnectionAction, ConnectionEvent } from './connection-events.ts';
import { Conversation, type ConversationOptions, type Member, type Phase } from './conversation.ts';
import { MessageRate } from './message-rate.ts';
import { faulty, received, shutdown } from './message-rules.ts';
import { reconfigure } from './state-rules.ts';
import { expired } from './timer-rules.ts';

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
        if (c.waiting?.for === 'legacyDataSocket') c.settle();
        this.#queue.push(event);
        this.#drain();
        return;
      case 'answer':
        if (event.call !== c.call || c.waiting === undefined) return;
        answered(c, event.answer);
        this.#drain();
        return;
      case 'timer':
        expired(c, event.timer);
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
      case 'keepConfig':
        if (c.member !== undefined) c.member.config = event.config;
        return;
      case 'reconfigureLapsed':
        c.reconfigureSent = false;
        return;
      case 'reconfigure':
        reconfigure(c, event.config);
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
}
