import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Dialect, Wire, WireFrame, WireMessage } from './wire.ts';
import { WIRE_OF } from './wires.ts';

export type { WireMessage } from './wire.ts';

export interface ReceivedLine extends WireFrame {
  /** `performance.now()` of the read that completed the line. */
  readonly at: number;
}

export interface RegisterOptions {
  readonly token: string;
  readonly componentId?: string;
  readonly name?: string;
  readonly capabilities?: unknown;
}

const LIMIT_MS = 5_000;
let ids = 0;

/** A component in the test's own process: says exactly what it is told to say, and keeps every line or frame it reads. */
export class ControlClient {
  readonly lines: ReceivedLine[] = [];
  readonly socket: Socket;
  readonly ended: Promise<void>;
  readonly #wire: Wire;
  #unread: Buffer = Buffer.alloc(0);
  #next = 0;
  #wake: () => void = () => {};
  #over = false;

  private constructor(socket: Socket, dialect: Dialect) {
    this.socket = socket;
    this.#wire = WIRE_OF[dialect];
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    const finish = () => {
      this.#over = true;
      this.#wake();
    };
    this.ended = new Promise((resolve) => {
      for (const event of ['end', 'close'] as const) socket.once(event, () => resolve());
    });
    void this.ended.then(finish);
  }

  static async connect(path: string, dialect: Dialect = 'json'): Promise<ControlClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new ControlClient(socket, dialect);
  }

  /** Writes the messages in one piece; the ids they got. */
  send(...messages: readonly Partial<WireMessage>[]): string[] {
    const sealed = messages.map(envelope);
    this.socket.write(Buffer.concat(sealed.map((message) => this.#wire.encode(message))));
    return sealed.map(({ message_id }) => message_id);
  }

  /** The bytes in which a message would be sent. */
  bytesOf(message: Partial<WireMessage>): Buffer {
    return this.#wire.encode(envelope(message));
  }

  /** The next message that was not looked at yet. Fails when the connection ends or none comes within 5 s. */
  async next(): Promise<WireMessage> {
    const { message } = await this.nextLine();
    return message;
  }

  async nextLine(): Promise<ReceivedLine> {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const line = this.lines[this.#next];
      if (line !== undefined) {
        this.#next += 1;
        return line;
      }
      if (this.#over) throw new Error('the connection ended before the next message');
      await this.#change(deadline);
    }
  }

  /** The next message, which must have this command. */
  async expect(command: string): Promise<WireMessage> {
    const message = await this.next();
    if (message.command !== command) throw new Error(`expected ${command}, got ${JSON.stringify(message)}`);
    return message;
  }

  /** The next message with this command; answers every PING before it. */
  async skipTo(command: string): Promise<WireMessage> {
    for (;;) {
      const message = await this.next();
      if (message.command === command) return message;
      if (message.command === 'PING') this.send(pong(message.message_id));
    }
  }

  /** Waits for the end of the connection; the commands that came before it and were not looked at. */
  async untilEnd(): Promise<string[]> {
    const deadline = performance.now() + LIMIT_MS;
    while (!this.#over) await this.#change(deadline);
    return this.lines.slice(this.#next).map(({ message }) => message.command);
  }

  async register(options: RegisterOptions): Promise<{ componentId: string; sessionId: string }> {
    this.send(register(options));
    const { payload } = await this.expect('REGISTERED');
    return { componentId: String(payload.component_id), sessionId: String(payload.session_id) };
  }

  /** Sends a state and waits for its ACK. */
  async state(state: string): Promise<void> {
    const [id] = this.send(stateUpdate(state));
    const answer = await this.expect('ACK');
    if (answer.correlation_id !== id) throw new Error(`the ACK belongs to ${answer.correlation_id}, not to ${id}`);
  }

  /** The whole handshake of an SDK that waits for each ACK. */
  async run(options: RegisterOptions): Promise<{ componentId: string; sessionId: string; configure: WireMessage }> {
    const registered = await this.register(options);
    await this.state('INITIALIZING');
    await this.state('READY');
    const configure = await this.expect('CONFIGURE');
    this.send(ack(configure.message_id));
    await this.state('CONFIGURED');
    await this.state('RUNNING');
    return { ...registered, configure };
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    const { frames, rest } = this.#wire.split(Buffer.concat([this.#unread, chunk]));
    this.#unread = rest;
    for (const read of frames) this.lines.push({ ...read, at: performance.now() });
    this.#wake();
  }

  #change(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const left = deadline - performance.now();
      const timer = setTimeout(() => reject(new Error(`nothing came within ${LIMIT_MS} ms`)), left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function envelope(message: Partial<WireMessage>): WireMessage {
  ids += 1;
  return {
    protocol_version: '0.1',
    message_id: `m${ids}`,
    correlation_id: null,
    timestamp: '2026-05-04T09:30:00.120+00:00',
    source: 'component:test',
    target: 'aegis',
    type: 'LIFECYCLE',
    command: 'STATE_UPDATE',
    payload: {},
    ...message,
  };
}

export function register(options: RegisterOptions): Partial<WireMessage> {
  const { token, componentId, name = 'momentum', capabilities } = options;
  const payload = {
    session_token: token,
    component_id: componentId ?? '',
    component_name: name,
    version: '0.1.0',
    capabilities: capabilities ?? {
      supported_symbols: ['BTCUSDT', 'ETHUSDT'],
      supported_timeframes: ['1m'],
      requires_streams: ['klines', 'aggTrades'],
    },
  };
  return { command: 'REGISTER', payload };
}

export function stateUpdate(state: string): Partial<WireMessage> {
  return { command: 'STATE_UPDATE', payload: { state } };
}

export function ack(correlationId: string | null): Partial<WireMessage> {
  return { type: 'CONTROL', command: 'ACK', correlation_id: correlationId, payload: { status: 'ok' } };
}

export function runtimeError(code: string, message: string, recoverable: boolean): Partial<WireMessage> {
  return { type: 'ERROR', command: 'RUNTIME_ERROR', payload: { code, message, recoverable } };
}

export function pong(correlationId: string): Partial<WireMessage> {
  const payload = { state: 'RUNNING', uptime_seconds: 1 };
  return { type: 'HEARTBEAT', command: 'PONG', correlation_id: correlationId, payload };
}
