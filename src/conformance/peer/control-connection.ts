import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionAction, TimerName } from '../../gateway/control/connection-events.ts';
import { ConnectionRules } from '../../gateway/control/connection-rules.ts';
import type { Phase } from '../../gateway/control/conversation.ts';
import type { ControlLimits } from '../../gateway/control/limits.ts';
import { FirstByteCodec } from '../../model/protocol/first-byte-codec.ts';
import { type OutgoingBody, seal } from '../../model/protocol/outgoing.ts';
import type { Recorder } from '../recorder.ts';
import type { CheckSession } from './check-session.ts';
import { inPieces, withUnknownFields } from './wire-form.ts';
import { type WireMessage, WireReader } from './wire-reader.ts';

/** How the messages of Aegis travel. */
export interface Manner {
  /** Each message waits so long, as an answer of a busy session does, ms. */
  readonly delayMs: number;
  /** Each message in three writes. */
  readonly pieces: boolean;
  /** ACK of READY and CONFIGURE in one write. */
  readonly joined: boolean;
  /** Fields that no version has yet, in another order. */
  readonly unknownFields: boolean;
  /** Empty lines before each message; JSON only. */
  readonly emptyLines: boolean;
}

export const PLAIN: Manner = { delayMs: 0, pieces: false, joined: false, unknownFields: false, emptyLines: false };

export interface ControlConnectionOptions {
  readonly socket: Socket;
  readonly number: number;
  readonly componentId: string;
  readonly session: CheckSession;
  readonly limits: ControlLimits;
  readonly manner: Manner;
  readonly recorder: Recorder;
}

const PIECE_GAP_MS = 40;

/** One control connection of the component: the rules of Aegis, written down, in the manner of a scenario. */
export class ControlConnection {
  readonly number: number;
  readonly #options: ControlConnectionOptions;
  readonly #rules: ConnectionRules;
  readonly #codec = new FirstByteCodec();
  readonly #reader: WireReader;
  readonly #timers = new Map<TimerName, NodeJS.Timeout>();
  #silent = false;
  #closedByCheck = false;
  #lastPhase: Phase = 'unregistered';
  /** Messages are written one after another. */
  #writing: Promise<void> = Promise.resolve();
  #held: Uint8Array[] = [];
  #ended = false;

  constructor(options: ControlConnectionOptions) {
    const { socket, number, limits, recorder, componentId } = options;
    this.number = number;
    this.#options = options;
    this.#rules = new ConnectionRules({
      limits,
      connection: String(number),
      freshId: componentId,
      openedAt: Date.now(),
    });
    this.#reader = new WireReader({ codec: this.#codec, maxBytes: limits.maxLineBytes });
    recorder.record({ kind: 'opened', socket: 'control', connection: number });
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('end', () => {
      this.#recordEnd();
      this.#handle({ type: 'ended' });
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#recordEnd();
      this.#stopTimers();
    });
    this.#handle({ type: 'opened' });
  }

  get phase(): Phase {
    return this.#rules.phase;
  }

  get reconfigurable(): boolean {
    return this.#rules.member?.reconfigurable === true;
  }

  shutdown(): void {
    this.#handle({ type: 'shutdown' });
  }

  reborn(): void {
    this.#handle({ type: 'reborn' });
  }

  reconfigure(config: Readonly<Record<string, unknown>>): void {
    this.#handle({ type: 'reconfigure', config });
  }

  /** Sends something that the rules of Aegis do not call for now. */
  send(body: OutgoingBody): void {
    this.#send(body, null);
  }

  /** Nothing is sent any more; what comes is read. */
  silence(on: boolean): void {
    this.#silent = on;
  }

  /** Ends the connection without a message, once what was sent is written. */
  async drop(): Promise<void> {
    await this.#writing;
    this.destroy();
  }

  destroy(): void {
    this.#closedByCheck = true;
    this.#handle({ type: 'lost', reason: 'closed by the check' });
    this.#options.socket.destroy();
  }

  #received(chunk: Uint8Array): void {
    if (this.phase === 'closed') return;
    for (const message of this.#reader.push(chunk)) this.#read(message);
  }

  #read({ dialect, fields, inbound }: WireMessage): void {
    this.#options.recorder.record({ kind: 'message', connection: this.number, dialect, fields, inbound });
    this.#handle({ type: 'inbound', inbound, now: Date.now() });
  }

  #handle(event: Parameters<ConnectionRules['handle']>[0]): void {
    for (const action of this.#rules.handle(event)) this.#perform(action);
    if (this.phase === this.#lastPhase) return;
    this.#lastPhase = this.phase;
    this.#options.recorder.record({ kind: 'phase', connection: this.number, phase: this.phase });
  }

  #perform(action: ConnectionAction): void {
    switch (action.type) {
      case 'send':
        this.#recordFault(action.body);
        this.#send(action.body, action.correlationId);
        return;
      case 'ask': {
        const { call, question } = action;
        // The rules expect the answer after they have returned.
        queueMicrotask(() => this.#handle({ type: 'answer', call, answer: this.#options.session.answer(question) }));
        return;
      }
      case 'arm':
        clearTimeout(this.#timers.get(action.timer));
        this.#timers.set(
          action.timer,
          setTimeout(() => this.#handle({ type: 'timer', timer: action.timer }), action.ms),
        );
        return;
      case 'disarm':
        clearTimeout(this.#timers.get(action.timer));
        return;
      case 'close':
        this.#stopTimers();
        void this.#writing.then(() => this.#end());
        return;
      case 'tell':
      case 'registered':
      case 'rebornAcknowledged':
      case 'reconfigured':
        return;
      default:
        action satisfies never;
    }
  }

  #end(): void {
    const { socket } = this.#options;
    if (!socket.writable) return;
    if (!socket.readableEnded) this.#closedByCheck = true;
    this.#recordEnd();
    // A component that does not close its side is not waited for.
    socket.destroySoon();
  }

  #send(body: OutgoingBody, answers: string | null): void {
    if (this.#silent) return;
    const { componentId } = this.#options;
    const id = randomUUID();
    const message = seal(body, { messageId: id, correlationId: answers, componentId, now: Date.now() });
    this.#writing = this.#writing.then(() => this.#write(this.#codec.encode(message), { id, answers, body }));
  }

  async #write(
    encoded: Uint8Array,
    sent: { readonly id: string; readonly answers: string | null; readonly body: OutgoingBody },
  ): Promise<void> {
    const { manner, socket, recorder, limits } = this.#options;
    await delay(Math.max(manner.delayMs, limits.gapMs));
    if (!socket.writable) return;
    const dialect = this.#reader.dialect ?? 'json';
    const form = manner.unknownFields ? withUnknownFields(dialect, encoded) : encoded;
    const empty = manner.emptyLines && dialect === 'json' ? [Buffer.from('\n \n')] : [];
    recorder.record({ kind: 'sent', connection: this.number, ...sent });
    if (manner.joined && this.phase === 'configuring' && sent.body.command === 'ACK') {
      this.#held.push(form);
      return;
    }
    const bytes = Buffer.concat([...this.#held, ...empty, form]);
    this.#held = [];
    const [first = bytes, ...rest] = manner.pieces ? inPieces(bytes) : [bytes];
    socket.write(first);
    for (const piece of rest) {
      await delay(PIECE_GAP_MS);
      if (socket.writable) socket.write(piece);
    }
  }

  /** Written down when it is found: the component may be gone before it can be told. */
  #recordFault(body: OutgoingBody): void {
    if (body.command !== 'RUNTIME_ERROR') return;
    const { code, message } = body.payload;
    this.#options.recorder.record({ kind: 'fault', connection: this.number, code, message });
  }

  #recordEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    const by = this.#closedByCheck ? 'check' : 'component';
    this.#options.recorder.record({ kind: 'closed', socket: 'control', connection: this.number, by });
  }

  #stopTimers(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}
