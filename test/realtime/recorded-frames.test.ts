import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { endpointsOf } from '../../src/market/binance/endpoints.ts';
import { MarketRest } from '../../src/market/binance/rest/market-rest.ts';
import type { Market } from '../../src/model/market.ts';
import { parseTopic } from '../../src/model/topic.ts';
import { LiveMarket } from '../../src/orchestrator/live/live-market.ts';
import { hasData } from '../market/reference-data.ts';
import { answersOf, framesOf, manifestCounts } from '../market/stream/recorded.ts';
import { until } from '../support/until.ts';

interface Recordings {
  readonly market: Market;
  readonly names: readonly string[];
  readonly symbols: readonly string[];
  /** File with the order books of REST; default: they lie between the frames. */
  readonly books?: string;
}

const CRYPTOFEED = 'frames/cryptofeed/BINANCE_FUTURES';

const CASES: Record<string, Recordings> = {
  'spot BTC, over midnight': spot('btcusdt'),
  'spot ETH, over midnight': spot('ethusdt'),
  'USD-M BTC': { market: 'um', names: ['frames/usdm/btcusdt_20240808.gz'], symbols: ['BTCUSDT'] },
  'USD-M ETH': { market: 'um', names: ['frames/usdm/ethusdt_20240808.gz'], symbols: ['ETHUSDT'] },
  'USD-M, four symbols on one socket': {
    market: 'um',
    names: [`${CRYPTOFEED}.ws.1.0`],
    symbols: ['SUSHIUSDT', 'AKROUSDT', 'KEEPUSDT', 'CTKUSDT'],
    books: `${CRYPTOFEED}.http.0.0`,
  },
};

describe.skipIf(!hasData)('recorded frames through the orchestrator (needs ../shared/data)', () => {
  const undo: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  it.each(Object.entries(CASES))(
    '%s: none is dropped unexplained, every trade is a row, the book stays right',
    async (_name, recordings) => {
      const { market, names, symbols } = recordings;
      const frames = names.flatMap((name) => framesOf({ name, market }));
      const counted = sum(names.map(manifestCounts));
      const of = (...kinds: string[]) => kinds.reduce((total, kind) => total + (counted.get(kind) ?? 0), 0);
      const depths = of('depth@100ms', 'depth@0ms');

      const endpoint = await exchangeOf(recordings, frames);
      const rows = new Map<string, number>();
      const told: string[] = [];
      const live = openMarket(market, endpoint, (topic) => rows.set(topic, (rows.get(topic) ?? 0) + 1), told);
      await live.resume(topicsOf(symbols), new Map());
      live.connect();
      await until('every frame was taken or counted', () => total(live) >= frames.length, 120_000);

      expect(live.counts).toEqual({
        taken: of('trade', 'aggTrade', 'kline_1m') + depths,
        unwanted: of('bookTicker', 'REST depth snapshot'),
        malformed: 0,
      });
      expect(count(rows, 'trades')).toBe(of('trade'));
      expect(count(rows, 'aggTrades')).toBe(of('aggTrade'));
      expect(count(rows, 'klineUpdates')).toBe(of('kline_1m'));
      expect(count(rows, 'klines')).toBe(of('kline_1m') === 0 ? 0 : 4);
      // Changes before the snapshot make no row. Nor do those after the price has moved so far that the best 20 levels are
      // not certain any more: there is no second snapshot in the recordings.
      expect(count(rows, 'orderBook')).toBeGreaterThan(depths * 0.3);
      expect(count(rows, 'orderBook')).toBeLessThanOrEqual(depths);
      const wrong = told.filter((text) => text.includes('lost') || text.includes('built again'));
      expect(wrong.filter((text) => !text.includes('levels are certain'))).toEqual([]);
    },
    90_000,
  );

  function openMarket(market: Market, endpoint: string, row: (topic: string) => void, told: string[]): LiveMarket {
    const abort = new AbortController();
    const endpoints = endpointsOf(market, endpoint);
    const live = new LiveMarket({
      market,
      endpoints,
      rest: new MarketRest({ market, endpoints, signal: abort.signal }),
      row: ({ topic }) => row(topic),
      status: () => undefined,
      notice: (event, text) => told.push(`${event}: ${text}`),
      signal: abort.signal,
    });
    undo.push(async () => {
      abort.abort();
      await live.close();
    });
    return live;
  }

  /** Sends each frame over the connection of its path, in the recorded order, and gives the recorded books. */
  async function exchangeOf(recordings: Recordings, frames: readonly string[]): Promise<string> {
    const books = booksOf(recordings, frames);
    const unanswered = new Set(books.keys());
    const { promise: answered, resolve: allAnswered } = Promise.withResolvers<void>();
    const http = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://exchange');
      const symbol = url.searchParams.get('symbol') ?? '';
      const book = url.pathname.endsWith('/depth') ? books.get(symbol) : undefined;
      response.once('close', () => {
        if (book !== undefined && unanswered.delete(symbol) && unanswered.size === 0) allAnswered();
      });
      const now = url.pathname.endsWith('/time') ? JSON.stringify({ serverTime: Date.now() }) : '[]';
      response.setHeader('content-type', 'application/json').end(book ?? now);
    });
    const sockets = new WebSocketServer({ server: http });
    sockets.on('connection', (socket, request) => {
      const mine = frames.filter((frame) => isOn(request.url ?? '', frame));
      // Books are asked for with their first changes: in the recording the answer is there before many more have come.
      const first = 1 + Math.max(...[...books.keys()].map((symbol) => firstDepth(mine, symbol)));
      for (const frame of mine.slice(0, first)) socket.send(frame);
      const rest = () => mine.slice(first).forEach((frame) => void socket.send(frame));
      if (first === 0) rest();
      else void answered.then(rest);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    undo.push(async () => {
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    });
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }
});

function spot(name: string): Recordings {
  const names = ['20240808', '20240809'].map((day) => `frames/spot/${name}_${day}.gz`);
  return { market: 'spot', names, symbols: [name.toUpperCase()] };
}

function topicsOf(symbols: readonly string[]): string[] {
  const types = ['trades.$', 'aggTrades.$', 'klines.$.1m', 'klineUpdates.$.1m', 'orderBook.$.100ms'];
  return symbols.flatMap((symbol) => types.map((type) => type.replace('$', symbol)));
}

function isOn(path: string, frame: string): boolean {
  const market = /@aggTrade"|@kline_/.test(frame.slice(0, 120));
  if (path.startsWith('/market')) return market;
  return !(path.startsWith('/public') && market);
}

function booksOf({ symbols, books }: Recordings, frames: readonly string[]): Map<string, string> {
  if (books === undefined) {
    const book = frames.find((frame) => frame.startsWith('{"lastUpdateId"'));
    return new Map(symbols.map((symbol) => [symbol, book ?? '']));
  }
  return new Map(answersOf(books).map(({ url, body }) => [new URL(url).searchParams.get('symbol') ?? '', body]));
}

function firstDepth(frames: readonly string[], symbol: string): number {
  return frames.findIndex((frame) => frame.startsWith(`{"stream":"${symbol.toLowerCase()}@depth`));
}

function sum(all: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of all) for (const [kind, n] of each) counts.set(kind, (counts.get(kind) ?? 0) + n);
  return counts;
}

function total({ counts }: LiveMarket): number {
  return counts.taken + counts.unwanted + counts.malformed;
}

function count(rows: ReadonlyMap<string, number>, type: string): number {
  return [...rows].filter(([topic]) => parseTopic(topic).type === type).reduce((n, [, each]) => n + each, 0);
}
