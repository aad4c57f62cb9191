import { describe, expect, it } from 'vitest';
import { depthSnapshotOf } from '../../../src/market/binance/stream/book-event.ts';
import { decodeFrame } from '../../../src/market/binance/stream/decode.ts';
import { isFields } from '../../../src/market/binance/stream/fields.ts';
import type { Frame } from '../../../src/market/binance/stream/market-event.ts';
import { hasData } from '../reference-data.ts';
import { answersOf, framesOf, manifestCounts, RECORDINGS } from './recorded.ts';

/** Names of MANIFEST.tsv for what a frame says. */
function nameOf(frame: Frame): string {
  if (frame.type === 'event') return frame.event.type;
  return frame.type === 'other' ? frame.name : frame.type;
}

const MANIFEST_NAMES: Readonly<Record<string, string>> = {
  'depth@100ms': 'depth',
  'depth@0ms': 'depth',
  kline_1m: 'kline',
  'REST depth snapshot': 'partialDepth',
};

describe.skipIf(!hasData)('recorded frames (needs ../shared/data)', () => {
  it.each(RECORDINGS)(
    '$name: every frame is understood, as many of each type as counted independently',
    (recording) => {
      const counts: Record<string, number> = {};
      for (const text of framesOf(recording)) {
        const name = nameOf(decodeFrame(text, recording.market));
        counts[name] = (counts[name] ?? 0) + 1;
      }
      const expected = [...manifestCounts(recording.name)].map(([name, count]) => [
        MANIFEST_NAMES[name] ?? name,
        count,
      ]);
      expect(expected.length).toBeGreaterThanOrEqual(3);
      expect(counts).toEqual(Object.fromEntries(expected));
    },
  );

  it('trade ids of each recording follow each other, and depth events chain', () => {
    for (const { name, market } of RECORDINGS) {
      const lastTrade = new Map<string, number>();
      const lastDepth = new Map<string, number>();
      for (const text of framesOf({ name, market })) {
        const frame = decodeFrame(text, market);
        if (frame.type !== 'event') continue;
        const { event } = frame;
        if (event.type === 'trade') {
          const last = lastTrade.get(event.symbol);
          if (last !== undefined) expect(event.record.id).toBe(last + 1);
          lastTrade.set(event.symbol, event.record.id);
        }
        if (event.type === 'depth') {
          const last = lastDepth.get(event.symbol);
          if (last !== undefined) expect(market === 'spot' ? event.firstId - 1 : event.previousId).toBe(last);
          lastDepth.set(event.symbol, event.lastId);
        }
      }
      expect(lastDepth.size).toBeGreaterThan(0);
    }
  });

  it('four bars of the candle stream are closed, each with its event time', () => {
    const closed = framesOf({ name: 'frames/cryptofeed/BINANCE_FUTURES.ws.1.0', market: 'um' }).flatMap((text) => {
      const frame = decodeFrame(text, 'um');
      return frame.type === 'event' && frame.event.type === 'kline' && frame.event.closed ? [frame.event] : [];
    });
    expect(closed.map(({ symbol }) => symbol).sort()).toEqual(['AKROUSDT', 'CTKUSDT', 'KEEPUSDT', 'SUSHIUSDT']);
    for (const { eventTime, record } of closed) {
      expect(eventTime - record.closeTime).toBeGreaterThan(200);
      expect(eventTime - record.closeTime).toBeLessThan(2100);
    }
  });

  it('recorded order books of REST are read, from the best price on', () => {
    const books = answersOf('frames/cryptofeed/BINANCE_FUTURES.http.0.0');
    expect(books).toHaveLength(4);
    for (const { url, body } of books) {
      const value: unknown = JSON.parse(body);
      if (!isFields(value)) throw new Error('not an object');
      const symbol = new URL(url).searchParams.get('symbol') ?? '';
      const { bids, asks, time, lastId } = depthSnapshotOf(symbol, value);
      expect([bids.length > 100, asks.length > 100, lastId > 0, (time ?? 0) > 1.6e12]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(Number(bids[0]?.[0])).toBeLessThan(Number(asks[0]?.[0]));
      expect(Number(bids[0]?.[0])).toBeGreaterThan(Number(bids[1]?.[0]));
    }
  });
});
