import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { command, type Language } from './stage.ts';

const SESSION_ID = 'scripted';
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

/**
 * The two sockets of Aegis with a script of a test behind the data socket, which may be that of an older version. Ends
 * with the test.
 */
export class ScriptedAegis {
  readonly #dir = tempDir();
  readonly connections: ScriptedConnection[] = [];
  readonly out = join(this.#dir, 'rows');
  /** All messages of the component, over all its control connections. */
  readonly messages: ScriptedMessage[] = [];
  /** What CONFIGURE says on the way to RUNNING. */
  config: Readonly<Record<string, unknown>> = {};
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #control: Socket | undefined;
  #sent = 0;

  static async start(script: (connection: ScriptedConnection) => void): Promise<ScriptedAegis> {
    const aegis = new ScriptedAegis();
    await aegis.#listen('control', (socket) => aegis.#converse(socket));
    await aegis.#listen('data', (socket) => aegis.#accept(socket, script));
    onTestFinished(() => {
      for (const server of aegis.#servers) server.close();
      for (const socket of aegis.#sockets) socket.destroy();
    });
    return aegis;
  }

  /** Starts a program of `programs` in a language; it declares trades of BTCUSDT. */
  launch(language: Language, args: readonly string[] = [], name = 'collect'): ChildProcess {
    const declared = ['--out', this.out, '--symbols', 'BTCUSDT', '--streams', 'trades'];
    const { program, args: all, env } = command(language, [...declared, ...args], name);
    const aegis = {
      AEGIS_SOCKET: join(this.#dir, 'control'),
      AEGIS_SESSION_TOKEN: 't',
      AEGIS_COMPONENT_ID: COMPONENT_ID,
    };
    const child = spawn(program, all, { env: { PATH: process.env.PATH, ...env, ...aegis }, stdio: 'ignore' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
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
    const topics = ['trades.BTCUSDT'];
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

  #accept(socket: Socket, script: (connection: ScriptedConnection) => void): void {
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
      script(connection);
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

/** Rows `from` to `to - 1` of a stream, with their numbers or as an Aegis writes them that has none. */
export function rowLines(from: number, to: number, { numbers = true } = {}): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    const ts = 1_700_000_000_000 + id;
    const data = `{"id":${id},"price":${id}.5,"qty":0.25,"quote_qty":1,"time":${ts},"is_buyer_maker":true}`;
    const seq = numbers ? `,"seq":${id}` : '';
    return `{"session_id":"${SESSION_ID}","topic":"aegis.${SESSION_ID}.trades.BTCUSDT","ts":${ts}${seq},"data":${data}}`;
  });
}

export function answer(fields: object = {}): string {
  return `${JSON.stringify({ status: 'ok', topics: [`aegis.${SESSION_ID}.trades.BTCUSDT`], ...fields })}\n`;
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
