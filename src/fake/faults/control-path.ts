import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { ZodError, z } from 'zod';
import { messageOf } from '../../model/errors.ts';
import type { FakeExchange } from '../fake-exchange.ts';
import { misbehaviourSchema } from './misbehaviour.ts';

const PREFIX = '/__fake/';
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const healSchema = z.strictObject({ id: z.number().int().exactOptional() });

/** Telling a fake exchange over HTTP what to do wrong, and asking it what happened. For programs on the same machine only. */
export class ControlPath {
  readonly #exchange: Pick<FakeExchange, 'misbehave' | 'heal' | 'play' | 'stats' | 'truth'>;

  constructor(exchange: Pick<FakeExchange, 'misbehave' | 'heal' | 'play' | 'stats' | 'truth'>) {
    this.#exchange = exchange;
  }

  handles(path: string): boolean {
    return path.startsWith(PREFIX);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!LOOPBACK.test(request.socket.remoteAddress ?? '')) {
      response.writeHead(403).end();
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    try {
      const result = await this.#act(`${request.method} ${pathname.slice(PREFIX.length)}`, request, searchParams);
      if (result === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    } catch (error) {
      const mistake = error instanceof ZodError || error instanceof RangeError || error instanceof SyntaxError;
      const text = error instanceof ZodError ? z.prettifyError(error) : messageOf(error);
      response
        .writeHead(mistake ? 400 : 500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: text }));
    }
  }

  async #act(what: string, request: IncomingMessage, params: URLSearchParams): Promise<unknown> {
    switch (what) {
      case 'POST misbehave':
        return this.#exchange.misbehave(misbehaviourSchema.parse(await json(request)));
      case 'POST heal':
        this.#exchange.heal(healSchema.parse(await json(request)).id);
        return {};
      case 'POST play':
        this.#exchange.play();
        return {};
      case 'GET stats':
        return this.#exchange.stats;
      case 'GET truth/trades':
        return this.#exchange.truth.trades(...range(params));
      case 'GET truth/aggTrades':
        return this.#exchange.truth.aggTrades(...range(params));
      default:
        return undefined;
    }
  }
}

/** At most so many rows in one answer. */
const MOST_ROWS = 100_000;

function range(params: URLSearchParams): [symbol: string, fromId: number, toId: number] {
  const [from, to] = [Number(params.get('fromId') ?? Number.NaN), Number(params.get('toId') ?? Number.NaN)];
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && to - from < MOST_ROWS)) {
    throw new RangeError(`fromId and toId are whole numbers, at most ${MOST_ROWS} apart`);
  }
  return [params.get('symbol') ?? '', from, to];
}
