import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Endpoints } from '../../../src/market/binance/endpoints.ts';

/** One connection, as the exchange sees it. */
export interface Client {
  readonly url: URL;
  readonly streams: Set<string>;
  readonly socket: WebSocket;
  /** Requests of the client, in order. */
  readonly requests: { readonly method: string; readonly params: string[]; readonly at: number }[];
  pongs: number;
  /** PINGs of the client. */
  pings: number;
  /** It sends nothing any more, not even an answer to a PING, and does not close. */
  halfOpen: boolean;
  /** Whatever it is told leaves so much later. Not to be changed while it is not 0. */
  lagMs: number;
}

export interface Script {
  /** How often each stream has something to say, ms. */
  readonly everyMs?: number;
  readonly pingEveryMs?: number;
  /** Whether a stream is served on a connection; default: always. */
  serves?: (stream: string, client: Client) => boolean;
  /** Error text for a stream that is asked for. */
  refuses?: (stream: string) => string | undefined;
  /** HTTP status in place of a handshake. */
  handshake?: () => { readonly status: number; readonly retryAfter?: number } | undefined;
  /** A new client is there. */
  welcome?: (client: Client) => void;
}

/** A small exchange: every stream counts from 1 at a steady pace, so that ids tell what was missed and what came twice. */
export class ScriptedExchange {
  readonly script: Script;
  /** All that ever connected, in order. */
  readonly clients: Client[] = [];
  attempts = 0;
  readonly #http: Server = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #ids = new Map<string, number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #port = 0;

  private constructor(script: Script) {
    this.script = script;
  }

  /** On a free port; closed when the test ends. */
  static async start(script: Script = {}): Promise<ScriptedExchange> {
    const exchange = new ScriptedExchange(script);
    exchange.#http.on('upgrade', (request, socket, head) => exchange.#upgrade(request, socket, head));
    await new Promise<void>((resolve) => exchange.#http.listen(0, '127.0.0.1', resolve));
    const address = exchange.#http.address();
    if (address === null || typeof address === 'string') throw new Error('the exchange has no port');
    exchange.#port = address.port;
    exchange.#timers.push(setInterval(() => exchange.#speak(), script.everyMs ?? 10));
    if (script.pingEveryMs !== undefined) {
      exchange.#timers.push(setInterval(() => exchange.#ping(), script.pingEveryMs));
    }
    onTestFinished(() => exchange.close());
    return exchange;
  }

  get endpoints(): Endpoints {
    return { rest: `http://127.0.0.1:${this.#port}`, socket: `ws://127.0.0.1:${this.#port}` };
  }

  /** Those that are connected now. */
  get open(): Client[] {
    return this.clients.filter(({ socket }) => socket.readyState === socket.OPEN);
  }

  close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { socket } of this.clients) socket.terminate();
    this.#http.closeAllConnections();
    return new Promise((resolve) => this.#http.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.attempts += 1;
    const refusal = this.script.handshake?.();
    if (refusal !== undefined) {
      const { status, retryAfter } = refusal;
      const header = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
      socket.end(`HTTP/1.1 ${status} No\r\n${header}Connection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (accepted) => this.#accept(accepted, request));
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const url = new URL(request.url ?? '/', 'ws://127.0.0.1');
    const names = url.searchParams.get('streams')?.split('/') ?? [];
    const client: Client = {
      url,
      streams: new Set(names),
      socket,
      requests: [],
      pongs: 0,
      pings: 0,
      halfOpen: false,
      lagMs: 0,
    };
    this.clients.push(client);
    socket.on('message', (data) => this.#answer(client, JSON.parse(String(data))));
    socket.on('pong', () => {
      client.pongs += 1;
    });
    socket.on('ping', (data) => {
      client.pings += 1;
      if (!client.halfOpen) this.#later(client, () => socket.pong(data));
    });
    socket.on('error', () => undefined);
    this.script.welcome?.(client);
  }

  #answer(client: Client, { method, params, id }: { method: string; params: string[]; id: number }): void {
    client.requests.push({ method, params, at: performance.now() });
    if (client.halfOpen) return;
    const problem = params.map((stream) => this.script.refuses?.(stream)).find((text) => text !== undefined);
    if (problem !== undefined) {
      this.#send(client, JSON.stringify({ error: { code: 2, msg: problem }, id }));
      return;
    }
    for (const stream of params) {
      if (method === 'SUBSCRIBE') client.streams.add(stream);
      else client.streams.delete(stream);
    }
    this.#send(client, JSON.stringify({ result: null, id }));
  }

  #speak(): void {
    const open = this.open.filter(({ halfOpen }) => !halfOpen);
    const counted = new Set<string>();
    for (const client of this.clients) for (const stream of client.streams) counted.add(stream);
    for (const stream of counted) {
      const id = (this.#ids.get(stream) ?? 0) + 1;
      this.#ids.set(stream, id);
      const text = JSON.stringify({ stream, data: { id } });
      for (const client of open) {
        if (client.streams.has(stream) && (this.script.serves?.(stream, client) ?? true)) this.#send(client, text);
      }
    }
  }

  #send(client: Client, text: string): void {
    this.#later(client, () => client.socket.send(text, () => undefined));
  }

  /** What is sent keeps its order, whatever it is: this is TCP. */
  #later({ socket, lagMs }: Client, act: () => void): void {
    if (lagMs === 0) act();
    else setTimeout(() => socket.readyState === socket.OPEN && act(), lagMs);
  }

  #ping(): void {
    for (const client of this.open) if (!client.halfOpen) this.#later(client, () => client.socket.ping());
  }
}
