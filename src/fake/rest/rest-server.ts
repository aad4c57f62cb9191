import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Market } from '../../model/market.ts';
import type { MarketClock } from '../clock.ts';
import type { Limits } from '../dialect.ts';
import type { FakeSymbol } from '../fake-symbol.ts';
import type { RestFaults } from '../faults/rest-faults.ts';
import { aggTrades, type Call, depth, historicalTrades, klines, recentTrades } from './calls.ts';
import { exchangeInfo } from './exchange-info.ts';
import { Query } from './query.ts';
import { invalidSymbol, Refusal } from './refusal.ts';
import { Weight } from './weight.ts';
import { weightOf } from './weights.ts';

export interface RestServerOptions {
  readonly market: Market;
  readonly symbols: ReadonlyMap<string, FakeSymbol>;
  readonly clock: MarketClock;
  readonly limits: Limits;
  readonly faults: RestFaults;
}

const PREFIX = { spot: '/api/v3/', um: '/fapi/v1/', cm: '/dapi/v1/' } as const satisfies Record<Market, string>;
const CALLS: Readonly<Record<string, (call: Call) => string | Promise<string>>> = {
  aggTrades,
  trades: recentTrades,
  historicalTrades,
  klines,
  depth,
};
const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' };

/** The REST side of the exchange. */
export class RestServer {
  readonly #options: RestServerOptions;
  readonly #weight: Weight;
  /** Requests, by path. */
  readonly requests = new Map<string, number>();

  constructor(options: RestServerOptions) {
    this.#options = options;
    this.#weight = new Weight(options.limits.weightPerMinute);
  }

  /** False: the path is none of REST. */
  handles(path: string): boolean {
    return path.startsWith(PREFIX[this.#options.market]);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    this.requests.set(pathname, (this.requests.get(pathname) ?? 0) + 1);
    for (const fault of this.#options.faults.take(pathname)) {
      if (fault.kind === 'slowRest') await delay(fault.delayMs);
      else return fail(response, fault.status, fault.retryAfterS);
    }
    const name = pathname.slice(PREFIX[this.#options.market].length);
    const query = new Query(searchParams);
    const now = Date.now();
    const used = this.#weight.use(weightOf(this.#options.market, name, query), now);
    response.setHeader('x-mbx-used-weight-1m', used);
    response.setHeader('x-mbx-used-weight', used);
    if (this.#weight.exceeded) return this.#tooMuch(response, now);
    try {
      const body = await this.#answer(name, query, request);
      response.writeHead(200, JSON_TYPE).end(body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.status, JSON_TYPE).end(error.body);
    }
  }

  async #answer(name: string, query: Query, request: IncomingMessage): Promise<string> {
    const { market, symbols, clock, limits } = this.#options;
    const serverTime = Math.floor(clock.shownUs() / 1_000);
    if (name === 'ping') return '{}';
    if (name === 'time') return JSON.stringify({ serverTime });
    if (name === 'exchangeInfo') {
      const infos = [...symbols.values()].map(({ trades: { symbol, scale }, listed }) => ({ symbol, scale, listed }));
      return exchangeInfo({ market, serverTime, weightPerMinute: limits.weightPerMinute, symbols: infos });
    }
    const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (call === undefined) throw new Refusal(-1000, 'There is no such path.', 404);
    if (name === 'historicalTrades' && market !== 'spot' && !request.headers['x-mbx-apikey']) {
      throw new Refusal(-2014, 'API-key format invalid.', 401);
    }
    const symbol = symbols.get(query.text('symbol'));
    if (symbol === undefined) throw invalidSymbol();
    const micros = market === 'spot' && String(request.headers['x-mbx-time-unit']).toUpperCase() === 'MICROSECOND';
    return await call({ market, symbol, query, unit: micros ? 'us' : 'ms', nowUs: clock.nowUs() });
  }

  #tooMuch(response: ServerResponse, now: number): void {
    const text = `Too much request weight used; current limit is ${this.#weight.limit} request weight per 1 MINUTE.`;
    response.setHeader('retry-after', this.#weight.secondsLeft(now));
    response.writeHead(429, JSON_TYPE).end(new Refusal(-1003, text).body);
  }
}

function fail(response: ServerResponse, status: number, retryAfterS: number | undefined): void {
  const limited = status === 429 || status === 418;
  if (limited) response.setHeader('retry-after', retryAfterS ?? 1);
  const body = limited
    ? new Refusal(-1003, status === 418 ? 'Way too many requests; IP banned.' : 'Too many requests.').body
    : new Refusal(-1000, 'An unknown error occurred while processing the request.').body;
  response.writeHead(status, JSON_TYPE).end(body);
}
