import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { messageOf } from '../../model/errors.ts';
import type { Codec, FrameDecoder } from '../../model/protocol/codec.ts';
import { seal } from '../../model/protocol/outgoing.ts';
import { askSession } from './ask-session.ts';
import type { Answer, ConnectionAction, ConnectionEvent, Question, TimerName } from './connection-events.ts';
import { ConnectionRules } from './connection-rules.ts';
import type { ControlLog } from './control-log.ts';
import type { Member, Phase } from './conversation.ts';
import type { ControlLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { SessionPort } from './session-port.ts';
import type { SessionReports } from './session-reports.ts';

export interface ControlConnectionOptions {
  readonly socket: Socket;
  readonly codec: Codec;
  readonly limits: ControlLimits;
  readonly port: SessionPort;
  readonly reports: SessionReports;
  readonly connection: string;
  readonly freshId: string;
  readonly onRegistered: (connection: ControlConnection) => void;
  readonly onClosed: (connection: ControlConnection) => void;
  readonly log: ControlLog;
}

/** What a running component says to a changed configuration. */
export type Reconfigured =
  | { readonly answer: 'acknowledged' | 'unanswered' }
  | { readonly answer: 'refused'; readonly problem: string };

/** Messages that may wait for their turn before the socket is not read any more. */
const MAX_BACKLOG = 16;

/** One control connection: gives {@link ConnectionRules} a socket, timers and the session. */
export class ControlConnection {
  readonly connectedAt = Date.now();
  readonly closed: Promise<void>;
  lastMessageAt = this.connectedAt;
  readonly #options: ControlConnectionOptions;
  readonly #rules: ConnectionRules;
  readonly #decoder: FrameDecoder;
  readonly #outbox: Outbox;
  readonly #timers = new Map<TimerName, NodeJS.Timeout>();
  readonly #reborn: Array<(acknowledged: boolean) => void> = [];
  #reconfigured: PromiseWithResolvers<Reconfigured> | undefined;

  constructor(options: ControlConnectionOptions) {
    const { socket, codec, limits, connection, freshId } = options;
    this.#options = options;
    this.#rules = new ConnectionRules({ limits, connection, freshId, openedAt: this.connectedAt });
    this.#decoder = codec.createDecoder({ maxFrameBytes: limits.maxLineBytes });
    this.#outbox = new Outbox({ socket, limits, onStuck: (reason) => this.drop(reason) });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Uint8Array) => this.#received(chunk));
    socket.on('end', () => this.#handle({ type: 'ended' }));
    // The end of a broken connection is an end like any other: 'close' follows.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#handle({ type: 'ended' });
      this.#outbox.discard();
    });
    this.#handle({ type: 'opened' });
  }

  get member(): Readonly<Member> | undefined {
    return this.#rules.member;
  }

  get phase(): Phase {
    return this.#rules.phase;
  }

  /** Ends the connection at once, without an answer. */
  drop(reason: string): void {
    this.#outbox.discard();
    this.#handle({ type: 'lost', reason });
    this.#options.socket.destroy();
  }

  replace(): void {
    this.#handle({ type: 'replaced' });
  }

  shutdown(): void {
    this.#handle({ type: 'shutdown' });
  }

  /** True when the component acknowledged; false when it did not within the limit or the connection ended. */
  async reborn(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    this.#reborn.push(resolve);
    if (this.#reborn.length === 1) this.#handle({ type: 'reborn' });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#reborn.splice(this.#reborn.indexOf(resolve), 1);
    }
  }

  /** A configuration that goes out with the CONFIGURE that is still to come, if any. */
  keepConfig(config: Readonly<Record<string, unknown>>): void {
    this.#handle({ type: 'keepConfig', config });
  }

  /** Sends CONFIGURE to a running component, and waits for its answer. One at a time. */
  async reconfigure(config: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<Reconfigured> {
    const waiting = Promise.withResolvers<Reconfigured>();
    const timer = setTimeout(() => {
      // The next ACK is of something else.
      this.#handle({ type: 'reconfigureLapsed' });
      waiting.resolve({ answer: 'unanswered' });
    }, timeoutMs);
    this.#reconfigured?.resolve({ answer: 'unanswered' });
    this.#reconfigured = waiting;
    this.#handle({ type: 'reconfigure', config });
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #received(chunk: Uint8Array): void {
    if (this.phase === 'closed') return;
    const now = Date.now();
    for (const inbound of this.#decoder.push(chunk)) {
      this.lastMessageAt = now;
      this.#outbox.answered();
      this.#handle({ type: 'inbound', inbound, now });
    }
    if (this.#rules.backlog > MAX_BACKLOG) this.#options.socket.pause();
  }

  #handle(event: ConnectionEvent): void {
    for (const action of this.#rules.handle(event)) this.#perform(action);
    const { socket } = this.#options;
    if (socket.isPaused() && this.#rules.backlog === 0) socket.resume();
  }

  #perform(action: ConnectionAction): void {
    switch (action.type) {
      case 'send': {
        const { body, correlationId } = action;
        const componentId = this.member?.componentId;
        const sealed = seal(body, { messageId: randomUUID(), correlationId, componentId, now: Date.now() });
        this.#outbox.send(this.#options.codec.encode(sealed));
        return;
      }
      case 'ask':
        void this.#ask(action.call, action.question);
        return;
      case 'tell':
        void this.#tell(action);
        return;
      case 'registered':
        this.#log('info', 'component registered');
        this.#options.onRegistered(this);
        return;
      case 'rebornAcknowledged':
        for (const resolve of this.#reborn) resolve(true);
        return;
      case 'reconfigured': {
        const { problem } = action;
        this.#reconfigured?.resolve(
          problem === undefined ? { answer: 'acknowledged' } : { answer: 'refused', problem },
        );
        return;
      }
      case 'arm':
        this.#disarm(action.timer);
        // A write of the same turn may have found the connection stuck.
        if (this.phase === 'closed') return;
        this.#timers.set(
          action.timer,
          setTimeout(() => this.#handle({ type: 'timer', timer: action.timer }), action.ms),
        );
        return;
      case 'disarm':
        this.#disarm(action.timer);
        return;
      case 'close':
        this.#finish(action.reason);
        return;
      default:
        action satisfies never;
    }
  }

  #disarm(timer: TimerName): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  #finish(reason: string): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const resolve of this.#reborn) resolve(false);
    this.#reconfigured?.resolve({ answer: 'unanswered' });
    this.#log('info', `control connection closed: ${reason}`);
    this.#outbox.end();
    this.#options.onClosed(this);
  }

  async #ask(call: number, question: Question): Promise<void> {
    let answer: Answer;
    try {
      answer = await askSession(question, this.#options);
    } catch (error) {
      answer = { type: 'unreachable', reason: messageOf(error) };
    }
    this.#handle({ type: 'answer', call, answer });
  }

  async #tell({ session, report }: Extract<ConnectionAction, { type: 'tell' }>): Promise<void> {
    try {
      await this.#options.reports.submit(session, report, this.#options.limits.farewellMs);
    } catch (error) {
      this.#log('error', `the session was not told that the component disconnected: ${messageOf(error)}`);
    }
  }

  #log(level: 'info' | 'error', message: string): void {
    const { connection, log } = this.#options;
    const { member } = this;
    log({
      level,
      message,
      connection,
      ...(member === undefined ? {} : { session: member.session, component: member.componentId }),
    });
  }
}
