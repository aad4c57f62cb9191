import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeExchange } from '../../../src/fake/fake-exchange.ts';
import { endpointsOf } from '../../../src/market/binance/endpoints.ts';
import { MarketRest } from '../../../src/market/binance/rest/market-rest.ts';
import { pastPages, type Since } from '../../../src/orchestrator/live/past.ts';

describe('what REST has of a topic since', () => {
  const rate = 2_000;
  let exchange: FakeExchange;
  let rest: MarketRest;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ rate, symbols: ['BTCUSDT'] });
    rest = new MarketRest({ market: 'spot', endpoints: endpointsOf('spot', exchange.url) });
  });
  afterAll(() => exchange?.close());

  async function idsSince(topic: string, since: Since, until: number): Promise<number[]> {
    const ids: number[] = [];
    const { signal } = new AbortController();
    for await (const page of pastPages({ rest, market: 'spot', topic, since, until, signal })) {
      for (const event of page) {
        if (event.type === 'trade') ids.push(event.record.id);
        if (event.type === 'aggTrade') ids.push(event.record.aggTradeId);
      }
    }
    return ids;
  }

  it('begins after a row, and does not chase a market that goes on', async () => {
    const until = await rest.time();
    const { tradeId } = exchange.truth.last('BTCUSDT');
    const ids = await idsSince('trades.BTCUSDT', { type: 'after', key: tradeId - 5_000 }, until);
    expect(ids[0]).toBe(tradeId - 4_999);
    expect(ids).toEqual(ids.map((_, index) => tradeId - 4_999 + index));
    expect(ids.length).toBeGreaterThanOrEqual(5_000);
    // At most the page in which the time lies.
    expect(ids.length).toBeLessThan(7_500);
  });

  it('begins at a time with the first trade, and the first aggregate, that happened then', async () => {
    const time = (await rest.time()) - 2_000;
    for (const topic of ['trades.BTCUSDT', 'aggTrades.BTCUSDT']) {
      const [first = 0] = await idsSince(topic, { type: 'from', time }, time);
      const { truth } = exchange;
      const [before] = topic.startsWith('trades')
        ? truth.trades('BTCUSDT', first - 1, first - 1)
        : truth.aggTrades('BTCUSDT', first - 1, first - 1);
      const beforeTime = before === undefined ? 0 : 'time' in before ? before.time : before.transactTime;
      expect(beforeTime).toBeLessThanOrEqual(time);
    }
  });
});
