import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STREAM_LIMITS } from '../../../src/market/binance/stream/limits.ts';
import { pack, packingChanges } from '../../../src/market/binance/stream/packing.ts';
import { type ExchangeStream, streamOf } from '../../../src/market/binance/stream/stream-name.ts';

const LIMITS = { streamsPerConnection: 3 };

function streams(...names: readonly string[]): ExchangeStream[] {
  return names.map((name) => ({ name, path: '' }));
}

describe('packing of streams into connections', () => {
  it('fills a connection before it opens another', () => {
    expect(pack([], streams('a', 'b', 'c', 'd'), LIMITS)).toEqual([
      { id: 1, path: '', streams: ['a', 'b', 'c'] },
      { id: 2, path: '', streams: ['d'] },
    ]);
  });

  it('keeps 1,024 streams of spot in one connection, and at most 200 of futures', () => {
    const names = Array.from({ length: 1024 }, (_, i) => `trades.S${i}USDT`);
    const sizes = (market: 'spot' | 'cm') =>
      pack(
        [],
        names.flatMap((topic) => streamOf(market, topic) ?? []),
        STREAM_LIMITS[market],
      ).map((one) => one.streams.length);
    expect(sizes('spot')).toEqual([1024]);
    expect(sizes('cm')).toEqual([200, 200, 200, 200, 200, 24]);
  });

  it('never mixes the two paths of USD-M', () => {
    const topics = ['klines.BTCUSDT.1m', 'orderBook.BTCUSDT.100ms', 'aggTrades.BTCUSDT', 'trades.BTCUSDT'];
    expect(
      pack(
        [],
        topics.flatMap((topic) => streamOf('um', topic) ?? []),
        STREAM_LIMITS.um,
      ),
    ).toEqual([
      { id: 1, path: '/market', streams: ['btcusdt@kline_1m', 'btcusdt@aggTrade'] },
      { id: 2, path: '/public', streams: ['btcusdt@depth@100ms', 'btcusdt@trade'] },
    ]);
  });

  it('asks for a stream once, however many topics want it', () => {
    expect(pack([], streams('a', 'b', 'a'), LIMITS)).toEqual([{ id: 1, path: '', streams: ['a', 'b'] }]);
  });

  it('leaves the others where they are when one goes, and gives its place to the next one', () => {
    const first = pack([], streams('a', 'b', 'c', 'd'), LIMITS);
    const second = pack(first, streams('a', 'c', 'd'), LIMITS);
    expect(packingChanges(first, second)).toEqual({
      open: [],
      close: [],
      change: [{ id: 1, subscribe: [], unsubscribe: ['b'] }],
    });
    const third = pack(second, streams('a', 'c', 'd', 'e'), LIMITS);
    expect(third).toEqual([
      { id: 1, path: '', streams: ['a', 'c', 'e'] },
      { id: 2, path: '', streams: ['d'] },
    ]);
    expect(packingChanges(second, third).change).toEqual([{ id: 1, subscribe: ['e'], unsubscribe: [] }]);
  });

  it('closes a connection with its last stream', () => {
    const first = pack([], streams('a', 'b', 'c', 'd'), LIMITS);
    const second = pack(first, streams('d'), LIMITS);
    expect(packingChanges(first, second)).toEqual({ open: [], close: [first[0]], change: [] });
    expect(packingChanges(second, pack(second, streams('d', 'e', 'f', 'g'), LIMITS)).open).toEqual([
      { id: 3, path: '', streams: ['g'] },
    ]);
  });

  it('whatever is wanted one after the other: all of it is carried once, within the limit, and nothing moves', () => {
    const wanted = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...'abcdefghijkl'),
        path: fc.constantFrom('/public' as const, '/market' as const),
      }),
      { selector: ({ name, path }) => path + name },
    );
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 8 }), (steps) => {
        let current: ReturnType<typeof pack> = [];
        for (const step of steps) {
          const next = pack(current, step, LIMITS);
          const carried = next.flatMap(({ path, streams: names }) => names.map((name) => path + name));
          expect(carried.toSorted()).toEqual(step.map(({ path, name }) => path + name).toSorted());
          expect(next.every((one) => one.streams.length >= 1 && one.streams.length <= 3)).toBe(true);
          const places = new Map(
            next.flatMap(({ id, path, streams: names }) => names.map((name) => [path + name, id])),
          );
          for (const { id, path, streams: names } of current) {
            for (const name of names) expect([id, undefined]).toContain(places.get(path + name));
          }
          current = next;
        }
      }),
    );
  });
});
