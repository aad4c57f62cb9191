import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import { mergePast } from '../../../src/orchestrator/live/catch-up.ts';

function trade(symbol: string, id: number, timeUs: number): MarketEvent {
  const record = { id, price: '1', qty: '1', quoteQty: '1', time: Math.floor(timeUs / 1_000), isBuyerMaker: false };
  return { type: 'trade', symbol, timeUs, record };
}

async function* pages(...all: (readonly MarketEvent[])[]): AsyncGenerator<readonly MarketEvent[]> {
  yield* all;
}

async function merged(sources: Parameters<typeof mergePast>[0]): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of mergePast(sources)) {
    if (event.type === 'trade') seen.push(`${event.symbol} ${event.record.id}`);
  }
  return seen;
}

describe('what topics missed', () => {
  it('comes in the order of time over all of them, over the borders of pages', async () => {
    const sources = [
      { topic: 'trades.ETHUSDT', pages: pages([trade('ETH', 1, 10), trade('ETH', 2, 40)], [], [trade('ETH', 3, 50)]) },
      { topic: 'trades.BTCUSDT', pages: pages([trade('BTC', 7, 20)], [trade('BTC', 8, 30), trade('BTC', 9, 60)]) },
    ];
    expect(await merged(sources)).toEqual(['ETH 1', 'BTC 7', 'BTC 8', 'ETH 2', 'ETH 3', 'BTC 9']);
  });

  it('of one instant comes in the order of topics, each in its own order', async () => {
    const sources = [
      { topic: 'trades.ETHUSDT', pages: pages([trade('ETH', 1, 10), trade('ETH', 2, 10)]) },
      { topic: 'trades.BTCUSDT', pages: pages([trade('BTC', 1, 10), trade('BTC', 2, 10)]) },
    ];
    expect(await merged(sources)).toEqual(['BTC 1', 'BTC 2', 'ETH 1', 'ETH 2']);
  });

  it('is nothing where nothing happened', async () => {
    expect(await merged([{ topic: 'trades.BTCUSDT', pages: pages([], []) }])).toEqual([]);
    expect(await merged([])).toEqual([]);
  });
});
