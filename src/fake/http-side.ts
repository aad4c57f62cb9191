import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../model/errors.ts';
import type { Archives } from './archive/archives.ts';
import type { FakeExchange } from './fake-exchange.ts';
import { ControlPath } from './faults/control-path.ts';
import type { FakeEvent } from './options.ts';
import type { RestServer } from './rest/rest-server.ts';
import type { SocketServer } from './socket/socket-server.ts';

export interface HttpSideOptions {
  readonly host: string;
  /** 0: any free port; kept when the server comes back. */
  readonly port: number;
  readonly rest: RestServer;
  readonly archives: Archives;
  readonly sockets: SocketServer;
  readonly exchange: Pick<FakeExchange, 'misbehave' | 'heal' | 'play' | 'stats' | 'truth'>;
  readonly onEvent: (event: FakeEvent) => void;
}

/** The listening port: REST, archives, sockets, and the path for telling it to misbehave. */
export class HttpSide {
  readonly #options: HttpSideOptions;
  readonly #control: ControlPath;
  #server: Server;
  #port: number;
  #return: NodeJS.Timeout | undefined;

  constructor(options: HttpSideOptions) {
    this.#options = options;
    this.#control = new ControlPath(options.exchange);
    this.#port = options.port;
    this.#server = this.#create();
  }

  get url(): string {
    const { host } = this.#options;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#options.host, resolve);
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Gone for a while, ms; then back on the same port. */
  leave(forMs: number): void {
    clearTimeout(this.#return);
    this.#options.sockets.cutAll('the server is away');
    this.#server.closeAllConnections();
    this.#server.close();
    this.#return = setTimeout(() => {
      this.#server = this.#create();
      void this.listen().catch((error: unknown) => {
        this.#options.onEvent({ type: 'refused', url: this.url, reason: messageOf(error) });
      });
    }, forMs);
  }

  async close(): Promise<void> {
    clearTimeout(this.#return);
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #create(): Server {
    const server = createServer((request, response) => void this.#request(request, response));
    server.on('upgrade', (request, wire, head) => this.#options.sockets.upgrade(request, wire, head));
    return server;
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { rest, archives, onEvent } = this.#options;
    const url = request.url ?? '/';
    try {
      const path = new URL(url, 'http://localhost').pathname;
      if (rest.handles(path)) await rest.handle(request, response);
      else if (archives.handles(path)) await archives.handle(path, response);
      else if (this.#control.handles(path)) return await this.#control.handle(request, response);
      else response.writeHead(404).end();
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end(messageOf(error));
    }
    onEvent({ type: 'request', url, status: response.statusCode });
  }
}
