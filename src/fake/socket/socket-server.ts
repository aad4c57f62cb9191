import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Market } from '../../model/market.ts';
import type { Limits } from '../dialect.ts';
import type { SocketMisbehaviour } from '../faults/misbehaviour.ts';
import { Span } from '../faults/span.ts';
import { streamPattern } from '../faults/stream-pattern.ts';
import type { FakeEvent } from '../options.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { parseRoute, type Route } from './route.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface SocketServerOptions {
  readonly market: Market;
  readonly limits: Limits;
  readonly subscriptions: Subscriptions;
  readonly onEvent: (event: FakeEvent) => void;
}

const FIVE_MINUTES = 300_000;
/** Of a client, bytes: a thousand stream names fit. */
const LARGEST_MESSAGE = 1 << 20;
/** Connections that have ended stay in the statistics, the last ones only. */
const MOST_ENDED = 1_000;

/** The WebSocket side of the exchange. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE,
  });
  readonly #open = new Map<number, Connection>();
  readonly #ended: Connection[] = [];
  #attempts: number[] = [];
  #refusing: Span | undefined;
  #count = 0;

  constructor(options: SocketServerOptions) {
    this.#options = options;
  }

  /** Those that are open, and the last ones that have ended. */
  get connections(): readonly Connection[] {
    return [...this.#ended, ...this.#open.values()];
  }

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  upgrade(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    const url = request.url ?? '/';
    const { market } = this.#options;
    // A client that is gone before it is answered is no failure of the server.
    wire.on('error', () => wire.destroy());
    if (this.#refusing?.over === false) {
      this.#options.onEvent({ type: 'refused', url, reason: 'as told' });
      wire.destroy();
      return;
    }
    const route = parseRoute(market, url);
    const refusal = this.#refusal(route);
    if (route === undefined || refusal !== undefined) this.#refuse(wire, url, refusal ?? '404 Not Found');
    else this.#server.handleUpgrade(request, wire, head, (socket) => this.#connect({ socket, wire, route, url }));
  }

  /** New connections are cut for so long, ms. */
  refuse(forMs: number): void {
    this.#refusing = new Span({ forMs });
  }

  heal(): void {
    this.#refusing = undefined;
  }

  /** The connections it was done to. */
  misbehave(fault: SocketMisbehaviour): number[] {
    const met = [...this.#open.values()].filter((each) => concerns(fault, each));
    for (const connection of met) mistreat(connection, fault);
    return met.map(({ id }) => id);
  }

  /** Cuts every connection. */
  cutAll(reason: string): void {
    for (const connection of this.#open.values()) connection.cut(reason);
  }

  #connect(made: Pick<ConnectionOptions, 'socket' | 'wire' | 'route' | 'url'>): void {
    const { limits, subscriptions, onEvent } = this.#options;
    this.#count++;
    const id = this.#count;
    onEvent({ type: 'connected', connection: id, url: made.url });
    const connection = new Connection({
      ...made,
      id,
      limits,
      subscriptions,
      onEvent,
      onClose: () => this.#end(connection),
    });
    this.#open.set(id, connection);
  }

  #end(connection: Connection): void {
    this.#open.delete(connection.id);
    this.#ended.push(connection);
    if (this.#ended.length > MOST_ENDED) this.#ended.shift();
  }

  /** Why a connection is not opened: an HTTP status. */
  #refusal(route: Route | undefined): string | undefined {
    if (!this.#mayTry()) return '429 Too Many Requests';
    if (route === undefined) return '404 Not Found';
    return route.streams.length > this.#options.limits.streamsPerConnection ? '400 Bad Request' : undefined;
  }

  #mayTry(): boolean {
    const now = performance.now();
    this.#attempts = this.#attempts.filter((time) => now - time < FIVE_MINUTES);
    this.#attempts.push(now);
    return this.#attempts.length <= this.#options.limits.attemptsPerFiveMinutes;
  }

  #refuse(wire: Duplex, url: string, status: string): void {
    this.#options.onEvent({ type: 'refused', url, reason: status });
    wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

function concerns({ stream, connection }: SocketMisbehaviour, to: Connection): boolean {
  if (connection !== undefined && connection !== to.id) return false;
  const pattern = stream === undefined ? undefined : streamPattern(stream);
  return pattern === undefined || [...to.streams].some((each) => pattern.test(each));
}

function mistreat(connection: Connection, fault: SocketMisbehaviour): void {
  if (fault.kind === 'halfOpen') connection.halfOpen();
  else if (fault.kind === 'shutdown') connection.shutdown(fault.afterMs);
  else if (fault.kind === 'lifetimeEnd') connection.close('24 hours are over');
  else if (fault.how === 'close') connection.close('closed as told');
  else connection.cut('cut as told');
}
