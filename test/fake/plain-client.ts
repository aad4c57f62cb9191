import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { FakeExchangeOptions } from '../../src/fake/options.ts';
import { until } from '../support/until.ts';

/** A fake exchange that is closed when the test ends, however it ends. */
export async function startExchange(options: FakeExchangeOptions = {}): Promise<FakeExchange> {
  const exchange = await FakeExchange.start(options);
  onTestFinished(() => exchange.close());
  return exchange;
}

/** What a test reads of frames; which keys are there depends on the stream. */
export interface Payload {
  readonly [key: string]: unknown;
}

/** A client of the exchange that knows nothing: it keeps what comes. */
export class PlainClient {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  pings = 0;
  /** Code of the close, once it is closed; 1006: without a close frame. */
  closed: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.texts.push(String(data)));
    socket.on('ping', () => {
      this.pings++;
    });
    socket.on('close', (code) => {
      this.closed = code;
    });
    socket.on('error', () => {});
  }

  /** Rejects when the exchange refuses. `path`: with the query. */
  static async open(exchange: FakeExchange, path: string, autoPong = true): Promise<PlainClient> {
    const socket = new WebSocket(exchange.url.replace('http', 'ws') + path, { autoPong });
    const client = new PlainClient(socket);
    onTestFinished(() => socket.terminate());
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** The texts that are JSON. */
  get messages(): Payload[] {
    return this.texts.flatMap((text) => {
      try {
        return [JSON.parse(text)];
      } catch {
        return [];
      }
    });
  }

  /** Payloads of a stream of a combined socket. */
  of(stream: string): Payload[] {
    return this.messages.filter((message) => message.stream === stream).map(({ data }) => payload(data));
  }

  /** Asks and waits for the reply with the same id. */
  async ask(request: { readonly id: number; readonly method: string; readonly params?: unknown }): Promise<Payload> {
    this.socket.send(JSON.stringify(request));
    return await until(`a reply to ${request.method}`, () => this.messages.find(({ id }) => id === request.id));
  }

  async frames(stream: string, count: number): Promise<Payload[]> {
    return await until(`${count} frames of ${stream}`, () => {
      const frames = this.of(stream);
      return frames.length >= count && frames;
    });
  }

  async end(): Promise<number> {
    return await until('the end of the connection', () => this.closed);
  }
}

/** Status and body of a GET. */
export async function get(
  exchange: FakeExchange,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Payload }> {
  const response = await fetch(exchange.url + path, { headers });
  return { status: response.status, headers: response.headers, body: payload(await response.json()) };
}

/** Objects of a GET that answers with a list. */
export async function rows(
  exchange: FakeExchange,
  path: string,
  headers: Record<string, string> = {},
): Promise<Payload[]> {
  return (await list(exchange, path, headers)).map(payload);
}

/** Bars of a GET of klines. */
export async function bars(exchange: FakeExchange, path: string): Promise<unknown[][]> {
  return (await list(exchange, path)).map((row) => (Array.isArray(row) ? row : []));
}

async function list(exchange: FakeExchange, path: string, headers: Record<string, string> = {}): Promise<unknown[]> {
  const response = await fetch(exchange.url + path, { headers });
  const body: unknown = await response.json();
  if (!Array.isArray(body)) throw new Error(`${path} answers ${JSON.stringify(body)}`);
  return body;
}

function payload(value: unknown): Payload {
  if (typeof value !== 'object' || value === null) throw new Error(`${JSON.stringify(value)} is no object`);
  return { ...value };
}
