import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Backoff } from './backoff.ts';
import { type ConfigureStep, Configuring } from './configuring.ts';
import type { ControlEvent, ControlOptions, ControlOrder } from './events.ts';
import { LineSplitter } from './line-splitter.ts';
import { Log } from './log.ts';
import { Envelopes, type Message, parseConfiguration, parseMessage, textOf } from './protocol.ts';

/** Longest silence of Aegis: it may hold an answer back for 14 s, and sends a PING every 5 s from RUNNING on. */
const SILENCE_MS = 40_000;
const FAREWELL_MS = 2_000;

/** Registers, keeps the component's state, answers PING, and reconnects with all of it until `close`. */
export class ControlConnection {
  readonly #options: ControlOptions;
  readonly #post: (event: ControlEvent) => void;
  readonly #log: Log;
  readonly #envelopes: Envelopes;
  readonly #backoff = new Backoff(500, 30_000);
  #componentId: string;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #registered = false;
  #running = false;
  #runningId = '';
  #state = 'RUNNING';
  readonly #configuring = new Configuring();
  readonly #unsent: string[] = [];
  /** It ends, or Aegis has ended it: no connection follows this one. */
  #over = false;

  constructor(options: ControlOptions, post: (event: ControlEvent) => void) {
    this.#options = options;
    this.#post = post;
    this.#log = new Log(options.settings.name);
    this.#envelopes = new Envelopes(options.settings.name);
    this.#componentId = options.settings.componentId;
    this.#connect();
  }

  obey(order: ControlOrder): void {
    switch (order.type) {
      case 'configured':
        this.#configure(this.#configuring.answer(order.asked, order.problem));
        return;
      case 'acknowledge':
        this.#send(this.#envelopes.ack(order.messageId));
        return;
      case 'setState':
        // A repetition would change nothing, and messages are limited to 200 per second.
        if (order.state === this.#state && order.message === '') return;
        this.#state = order.state;
        if (this.#running) this.#send(this.#envelopes.state(order.state, order.message));
        return;
      case 'error':
        this.#sendLater(this.#envelopes.error(order.code, order.message, order.recoverable));
        return;
      case 'leave':
        this.#send(this.#envelopes.shutdown());
        return;
      case 'close':
        this.#close();
        return;
      default:
        order satisfies never;
    }
  }

  #connect(): void {
    const { settings, version, needs } = this.#options;
    const socket = connect(settings.socket);
    const lines = new LineSplitter();
    let reason = 'end of connection';
    this.#socket = socket;
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('silence')));
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('data', (chunk) => {
      try {
        for (const line of lines.push(chunk)) this.#onMessage(parseMessage(line));
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.once('close', () => this.#onClose(reason));
    this.#send(this.#envelopes.register({ settings, componentId: this.#componentId, version, needs }));
  }

  #onClose(reason: string): void {
    this.#socket = undefined;
    this.#registered = false;
    this.#running = false;
    this.#configuring.lost();
    if (this.#over) return;
    this.#log.warn('control connection lost', { reason });
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  #onMessage(message: Message): void {
    if (!this.#registered) {
      this.#onAnswerToRegister(message);
      return;
    }
    switch (message.command) {
      case 'PING':
        this.#send(this.#envelopes.pong(message.id, this.#state, Math.floor(process.uptime())));
        return;
      case 'CONFIGURE':
        this.#onConfigure(message);
        return;
      case 'ACK':
        if (message.answers === this.#runningId) this.#onRunning();
        return;
      case 'REBORN':
        this.#post({ type: 'reborn', messageId: message.id });
        return;
      case 'SHUTDOWN':
        this.#over = true;
        this.#post({ type: 'shutdown', messageId: message.id });
        return;
      case 'RUNTIME_ERROR':
        this.#onError(message);
        return;
    }
  }

  #onAnswerToRegister({ command, payload }: Message): void {
    if (command !== 'REGISTERED') {
      this.#over = true;
      this.#post({ type: 'refused', code: textOf(payload.code) || command, message: textOf(payload.message) });
      return;
    }
    this.#registered = true;
    this.#componentId = textOf(payload.component_id);
    this.#post({ type: 'registered', componentId: this.#componentId, sessionId: textOf(payload.session_id) });
    this.#send(this.#envelopes.state('INITIALIZING'));
    this.#send(this.#envelopes.state('READY'));
  }

  #onConfigure({ id, payload }: Message): void {
    const configuration = parseConfiguration(payload);
    this.#configure(this.#configuring.ask({ messageId: id, configuration, running: this.#running }));
  }

  #configure(step: ConfigureStep | undefined): void {
    if (step === undefined) return;
    const { asked } = step;
    if (step.do === 'give') {
      this.#post({ type: 'configured', asked });
      return;
    }
    if (step.problem === undefined) this.#send(this.#envelopes.ack(asked.messageId));
    else this.#send(this.#envelopes.error('CONFIGURE_FAILED', step.problem, true));
    if (asked.running) return;
    this.#runningId = randomUUID();
    this.#send(this.#envelopes.state('CONFIGURED'));
    this.#send(this.#envelopes.state('RUNNING', '', this.#runningId));
  }

  #onRunning(): void {
    this.#running = true;
    this.#runningId = '';
    this.#backoff.reset();
    if (this.#state !== 'RUNNING') this.#send(this.#envelopes.state(this.#state));
    for (const line of this.#unsent.splice(0)) this.#send(line);
    this.#post({ type: 'running' });
  }

  #onError({ payload }: Message): void {
    const code = textOf(payload.code);
    const reason = textOf(payload.message);
    if (payload.recoverable !== true) throw new Error(`${code}: ${reason}`);
    this.#log.warn('Aegis reports an error', { code, reason });
  }

  #send(line: string): void {
    if (this.#socket?.writable) this.#socket.write(line);
  }

  /** After the next reconnect when there is no connection. */
  #sendLater(line: string): void {
    if (this.#registered) this.#send(line);
    else this.#unsent.push(line);
  }

  /** Ends the connection for good, once Aegis has read what was sent. */
  #close(): void {
    this.#over = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    const closed = () => this.#post({ type: 'closed' });
    if (socket === undefined) {
      closed();
      return;
    }
    socket.once('close', closed);
    socket.end();
    setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  }
}
