import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from './command.ts';

export const SESSION_ID = 'scripted';
const COMPONENT_ID = 'cmp-scripted';

/** A data connection of the component, as the script sees it. */
export interface ScriptedConnection {
  /** From 0. */
  readonly place: number;
  readonly handshake: Readonly<Record<string, unknown>>;
  readonly socket: Socket;
  /** Lines that the component has written after its handshake. */
  readonly lines: string[];
}

/** A message of the component. */
export interface ScriptedMessage {
  readonly command: string;
  readonly message_id: string;
  readonly correlation_id: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ScriptedOptions {
  /** Of the sockets; exists. */
  readonly dir: string;
  /** What CONFIGURE gives. Default: trades of BTCUSDT. */
  readonly topics?: readonly string[];
  /** Serves a data connection after its handshake. */
  readonly script: (connection: ScriptedConnection) => void;
}

/** The two sockets of Aegis with a script behind the data socket, which may be that of an older version. */
export class ScriptedSockets {
  readonly #dir: string;
  readonly #topics: readonly string[];
  readonly connections: ScriptedConnection[] = [];
  /** All messages of the component, over all its control connections. */
  readonly messages: ScriptedMessage[] = [];
  /** What CONFIGURE says on the way to RUNNING. */
  config: Readonly<Record<string, unknown>> = {};
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #script: (connection: ScriptedConnection) => void;
  #control: Socket | undefined;
  #sent = 0;

  constructor({ dir, topics = ['trades.BTCUSDT'], script }: ScriptedOptions) {
    this.#dir = dir;
    this.#topics = topics;
    this.#script = script;
  }

  async listen(): Promise<void> {
    await this.#listen('control', (socket) => this.#converse(socket));
    await this.#listen('data', (socket) => this.#accept(socket));
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Starts a component as Aegis does. */
  spawn({ program, args, env }: Command, stdio: StdioOptions = 'ignore'): ChildProcess {
    const aegis = {
      AEGIS_SOCKET: join(this.#dir, 'control'),
      AEGIS_SESSION_TOKEN: 't',
      AEGIS_COMPONENT_ID: COMPONENT_ID,
    };
    return spawn(program, args, { env: { PATH: process.env.PATH, ...env, ...aegis }, stdio });
  }

  /** Ends the component as Aegis does. */
  async shutdown(child: ChildProcess): Promise<number | null> {
    const ended = once(child, 'close');
    this.#send('LIFECYCLE', 'SHUTDOWN', {});
    const [code] = await ended;
    return code;
  }

  /** CONFIGURE; its message id. */
  configure(config = this.config): string {
    const topics = this.#topics;
    return this.#send('CONFIG', 'CONFIGURE', { data_stream_socket: join(this.#dir, 'data'), topics, config });
  }

  ping(): string {
    return this.#send('HEARTBEAT', 'PING', {});
  }

  emptyLines(): void {
    this.#control?.write('\n \n');
  }

  /** The control connection is lost. */
  loseControl(): void {
    this.#control?.destroy();
  }

  async #listen(name: string, onSocket: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    });
    this.#servers.push(server);
    server.listen(join(this.#dir, name));
    await once(server, 'listening');
  }

  #accept(socket: Socket): void {
    const place = this.connections.length;
    const lines: string[] = [];
    let connection: ScriptedConnection | undefined;
    createInterface({ input: socket }).on('line', (line) => {
      if (connection !== undefined) {
        lines.push(line);
        return;
      }
      connection = { place, handshake: JSON.parse(line), socket, lines };
      this.connections.push(connection);
      this.#script(connection);
    });
  }

  #converse(socket: Socket): void {
    this.#control = socket;
    createInterface({ input: socket }).on('line', (line) => {
      const message: ScriptedMessage = JSON.parse(line);
      const { command: name, message_id: id, payload } = message;
      this.messages.push(message);
      const ids = { component_id: COMPONENT_ID, session_id: SESSION_ID };
      if (name === 'REGISTER') this.#send('LIFECYCLE', 'REGISTERED', { ...ids, state: 'REGISTERED' }, id);
      if (name === 'STATE_UPDATE') this.#send('CONTROL', 'ACK', { status: 'ok' }, id);
      if (payload.state === 'READY') this.configure();
    });
    // After SHUTDOWN the component ends its side.
    socket.on('end', () => socket.end());
  }

  #send(type: string, name: string, payload: object, answers: string | null = null): string {
    const messageId = `m${this.#sent++}`;
    const ids = { protocol_version: '0.1.0', message_id: messageId, correlation_id: answers };
    const rest = {
      timestamp: new Date().toISOString(),
      source: 'aegis',
      target: 'component',
      type,
      command: name,
      payload,
    };
    this.#control?.write(`${JSON.stringify({ ...ids, ...rest })}\n`);
    return messageId;
  }
}
