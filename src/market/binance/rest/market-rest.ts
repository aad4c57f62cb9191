import type { Market } from '../../../model/market.ts';
import type { Endpoints } from '../endpoints.ts';
import { depthSnapshotOf } from '../stream/book-event.ts';
import { fieldsOf, listOf, textOf, timeMsOf } from '../stream/fields.ts';
import { klineOfRest } from '../stream/kline-event.ts';
import type { DepthSnapshot, KlineEvent, MarketEvent } from '../stream/market-event.ts';
import { exchangeInterval } from '../stream/stream-name.ts';
import { aggTradeOf, tradeOfRest } from '../stream/trade-event.ts';
import { readAnswer } from './read-answer.ts';
import type { ByIdCall, ByTimeCall, DepthCall, ExchangeSymbol, KlinesCall } from './rest-calls.ts';
import { RestHttp, type RestHttpOptions } from './rest-http.ts';
import { longestBarMs, REST_APIS, type RestApi } from './rest-limits.ts';

/** So long after its end a bar does not change any more. */
const SETTLED_MS = 10_000;

export interface MarketRestOptions extends Omit<RestHttpOptions, 'baseUrl' | 'weightPerMinute' | 'headers'> {
  readonly market: Market;
  readonly endpoints: Pick<Endpoints, 'rest'>;
  /** Futures give trades older than the last 1,000 only to those who show a key; it needs no rights. */
  readonly apiKey?: string;
}

/**
 * Public market data of one market over REST. Rows become the same records as those of archives and sockets.
 * Every method throws EXCHANGE_REFUSED, EXCHANGE_UNREACHABLE, EXCHANGE_ANSWER, INTERRUPTED.
 */
export class MarketRest {
  readonly market: Market;
  readonly api: RestApi;
  readonly #http: RestHttp;
  readonly #hasKey: boolean;

  constructor({ market, endpoints, apiKey, ...http }: MarketRestOptions) {
    this.market = market;
    this.api = REST_APIS[market];
    this.#hasKey = apiKey !== undefined;
    const headers = {
      // Archives of spot have microseconds since 2025: rows of both ways get the same place in the order.
      ...(market === 'spot' ? { 'X-MBX-TIME-UNIT': 'MICROSECOND' } : {}),
      ...(apiKey === undefined ? {} : { 'X-MBX-APIKEY': apiKey }),
    };
    const { weightPerMinute } = this.api;
    this.#http = new RestHttp({ ...http, baseUrl: endpoints.rest, weightPerMinute, headers });
  }

  async aggTrades({ symbol, fromId, limit = this.api.rows.aggTrades, signal }: ByIdCall): Promise<MarketEvent[]> {
    return this.#aggTrades({ symbol, fromId, limit }, signal);
  }

  /** The first aggregates at or after a time. Futures give those of the last two days only. */
  async aggTradesAt({
    symbol,
    startTime,
    limit = this.api.rows.aggTrades,
    signal,
  }: ByTimeCall): Promise<MarketEvent[]> {
    return this.#aggTrades({ symbol, startTime, limit }, signal);
  }

  async #aggTrades(
    query: { readonly symbol: string } & Readonly<Record<string, string | number>>,
    signal: AbortSignal | undefined,
  ): Promise<MarketEvent[]> {
    const { symbol } = query;
    const answer = await this.#get('aggTrades', query, this.api.weight.aggTrades, signal);
    return this.#read('aggTrades', () =>
      listOf(answer, 'the answer').map((row) => aggTradeOf(symbol, fieldsOf(row, 'a row'))),
    );
  }

  /**
   * Trades from an id on. Futures without a key: those of the last 1,000 trades, which may begin later than at `fromId`.
   */
  async trades({ symbol, fromId, limit: wanted, signal }: ByIdCall): Promise<MarketEvent[]> {
    const byId = this.market === 'spot' || this.#hasKey;
    const limit = wanted ?? (byId ? this.api.rows.trades : this.api.rows.recentTrades);
    const call = byId ? 'historicalTrades' : 'trades';
    const weight = byId ? this.api.weight.trades : this.api.weight.recentTrades;
    const query = byId ? { symbol, fromId, limit } : { symbol, limit: this.api.rows.recentTrades };
    const answer = await this.#get(call, query, weight, signal);
    return this.#read(call, () => {
      const events = listOf(answer, 'the answer').map((row) =>
        tradeOfRest(this.market, symbol, fieldsOf(row, 'a row')),
      );
      return byId ? events : events.filter((event) => tradeId(event) >= fromId).slice(0, limit);
    });
  }

  /**
   * Bars by their open times. One is `closed` when the exchange has a later one, so a row more than wanted is asked for;
   * the last one of all when the exchange's clock is far beyond its end. Our own clock may be wrong, and would pass off a
   * bar that still grows.
   */
  async klines(call: KlinesCall): Promise<KlineEvent[]> {
    const { symbol, interval, startTime, endTime, limit = this.api.rows.klines, signal } = call;
    const query = {
      symbol,
      interval: exchangeInterval(interval),
      startTime,
      endTime: endTime === undefined ? undefined : endTime + longestBarMs(interval),
      limit: limit + 1,
    };
    const answer = await this.#get('klines', query, this.api.weight.klines(query.limit), signal);
    const bars = this.#read('klines', () => {
      const rows = listOf(answer, 'the answer');
      return rows
        .map((row, i) => klineOfRest({ symbol, interval, closed: i < rows.length - 1 }, row))
        .filter(({ record }, i) => i < limit && (endTime === undefined || record.openTime <= endTime));
    });
    const last = bars.pop();
    if (last === undefined) return bars;
    const closed = last.closed || last.record.closeTime + SETTLED_MS < (await this.time(signal));
    return [...bars, { ...last, closed }];
  }

  async depth({ symbol, limit = this.api.rows.depth, signal }: DepthCall): Promise<DepthSnapshot> {
    const answer = await this.#get('depth', { symbol, limit }, this.api.weight.depth(limit), signal);
    return this.#read('depth', () => depthSnapshotOf(symbol, fieldsOf(answer, 'the answer')));
  }

  /** The exchange's clock, unix ms. */
  async time(signal?: AbortSignal): Promise<number> {
    const answer = await this.#get('time', {}, this.api.weight.time, signal);
    return this.#read('time', () => timeMsOf(fieldsOf(answer, 'the answer').serverTime, 'serverTime'));
  }

  async symbols(signal?: AbortSignal): Promise<ExchangeSymbol[]> {
    const answer = await this.#get('exchangeInfo', {}, this.api.weight.symbols, signal);
    return this.#read('exchangeInfo', () =>
      listOf(fieldsOf(answer, 'the answer').symbols, 'symbols').map((entry) => {
        const { symbol, status, contractStatus } = fieldsOf(entry, 'a symbol');
        return { symbol: textOf(symbol, 'symbol'), status: textOf(status ?? contractStatus, 'status') };
      }),
    );
  }

  #get(
    call: string,
    query: Readonly<Record<string, string | number | undefined>>,
    weight: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return this.#http.get({ path: `${this.api.prefix}/${call}`, query, weight, signal });
  }

  #read<T>(call: string, read: () => T): T {
    return readAnswer(`${this.api.prefix}/${call}`, read);
  }
}

function tradeId(event: ReturnType<typeof tradeOfRest>): number {
  return event.type === 'trade' ? event.record.id : event.id;
}
