import { describe, expect, it } from 'vitest';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { Market } from '../../src/model/market.ts';
import { until } from '../support/until.ts';
import { get, type Payload, PlainClient, startExchange } from './plain-client.ts';
import { levels, RebuiltBook } from './rebuilt-book.ts';

const CASES = [
  ['spot', '', '@depth@100ms', '/api/v3/depth?symbol=BTCUSDT&limit=5000'],
  ['um', '/public', '@depth', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000'],
  ['um', '/public', '@depth@100ms', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000'],
  ['cm', '', '@depth@100ms', '/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000'],
] as const;

describe.each(CASES)('the book of %s%s%s', (market, prefix, suffix, path) => {
  it('is rebuilt from a snapshot and frames by the rules, and equals a later snapshot level by level', async () => {
    // Cadences are of market time.
    const exchange = await startExchange({ market, speed: 50, limits: { weightPerMinute: 1e6 } });
    const stream = `${market === 'cm' ? 'btcusd_perp' : 'btcusdt'}${suffix}`;
    const client = await PlainClient.open(exchange, `${prefix}/stream?streams=${stream}`);
    await client.frames(stream, 2);
    const book = await synced(exchange, market, client, { stream, path });
    await client.frames(stream, client.of(stream).length + 10);
    await until('a snapshot that ends with a frame', async () => {
      const { body } = await get(exchange, path);
      await until('the frame after it', () => Number(client.of(stream).at(-1)?.u) >= Number(body.lastUpdateId));
      const rest = client
        .of(stream)
        .filter(({ u }) => Number(u) > book.lastId && Number(u) <= Number(body.lastUpdateId));
      for (const frame of rest) {
        book.apply(frame);
        expect(book.crossed).toBe(false);
      }
      if (book.lastId !== body.lastUpdateId) return false;
      expect({ bids: book.bids, asks: book.asks }).toEqual({ bids: body.bids, asks: body.asks });
      return true;
    });
    expect(book.applied).toBeGreaterThan(5);
  });
});

describe.each([
  ['spot', '', '@depth@100ms', '@depth'],
  ['um', '/public', '@depth@100ms', '@depth@500ms'],
] as const)('the book of %s%s', (market, prefix, fast, slow) => {
  it(`sends over ${slow} what it sends over ${fast}, joined`, async () => {
    const exchange = await startExchange({ market, speed: 20 });
    const names = [`btcusdt${fast}`, `btcusdt${slow}`] as const;
    const client = await PlainClient.open(exchange, `${prefix}/stream?streams=${names.join('/')}`);
    const [, joined] = await client.frames(names[1], 3);
    await until('all parts', () => Number(client.of(names[0]).at(-1)?.u) >= Number(joined?.u));
    const parts = client
      .of(names[0])
      .filter(({ U, u }) => Number(U) >= Number(joined?.U) && Number(u) <= Number(joined?.u));
    expect(parts.length).toBeGreaterThan(1);
    expect([parts[0]?.U, parts.at(-1)?.u]).toEqual([joined?.U, joined?.u]);
    for (const side of ['b', 'a'] as const) {
      const whole = new Map(parts.flatMap((part) => levels(part[side])));
      expect(new Map(levels(joined?.[side]))).toEqual(whole);
    }
  });
});

describe('the top of the book', () => {
  it('comes as bookTicker when it changes, and is the top of partial books', async () => {
    const exchange = await startExchange({ rate: 100 });
    const client = await PlainClient.open(exchange, '/stream?streams=btcusdt@bookTicker/btcusdt@depth5@100ms');
    const tops = await client.frames('btcusdt@bookTicker', 30);
    for (const [i, top] of tops.entries()) {
      expect(Number(top.a)).toBeGreaterThan(Number(top.b));
      const before = tops[i - 1];
      if (before === undefined) continue;
      expect(Number(top.u)).toBeGreaterThan(Number(before.u));
      expect([top.b, top.B, top.a, top.A]).not.toEqual([before.b, before.B, before.a, before.A]);
    }
    const [partial] = await client.frames('btcusdt@depth5@100ms', 1);
    expect(partial?.bids).toHaveLength(5);
  });
});

interface Of {
  readonly stream: string;
  readonly path: string;
}

/** As a client does it: snapshots until one fits to the frames that came. */
async function synced(exchange: FakeExchange, market: Market, client: PlainClient, { stream, path }: Of) {
  return await until('a snapshot that fits', async () => {
    const { body } = await get(exchange, path);
    await until('a frame that reaches it', () => Number(client.of(stream).at(-1)?.u) > Number(body.lastUpdateId));
    return attempt(market, body, client.of(stream));
  });
}

function attempt(market: Market, snapshot: Payload, frames: readonly Payload[]): RebuiltBook | undefined {
  const book = new RebuiltBook(market === 'spot', snapshot);
  try {
    for (const frame of frames) book.apply(frame);
    return book;
  } catch (error) {
    // A snapshot between two frames of futures: the exchange's rules say to ask again.
    if (book.applied === 0) return undefined;
    throw error;
  }
}
