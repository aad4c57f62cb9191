import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOffered, type OfferedTopicsOptions } from '../../src/activities/offered-topics.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';

describe('before a realtime run begins', () => {
  let exchange: FakeExchange;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ market: 'um', symbols: ['BTCUSDT'], paused: true });
  });
  afterAll(() => exchange?.close());

  async function check(topics: readonly string[], options: Partial<OfferedTopicsOptions> = {}): Promise<string[]> {
    const told: string[] = [];
    const tell = (event: string, text: string) => void told.push(`${event}: ${text}`);
    const { signal } = new AbortController();
    await checkOffered({ market: 'um', endpoint: exchange.url, topics, tell, signal, ...options });
    return told;
  }

  it('topics that the exchange has are taken', async () => {
    expect(await check(['trades.BTCUSDT', 'klines.BTCUSDT.1m', 'orderBook.BTCUSDT.250ms', 'status.BTCUSDT'])).toEqual(
      [],
    );
  });

  it('a symbol that the exchange does not have is refused, whatever is wanted of it', async () => {
    await expect(check(['trades.BTCUSDT', 'trades.NOPEUSDT', 'status.NOPEUSDT'])).rejects.toMatchObject({
      code: 'TOPIC_NOT_AVAILABLE',
      message: 'there is no symbol NOPEUSDT on USD-M futures',
    });
  });

  it('a stream that the market does not have is refused, and the exchange is not asked', async () => {
    const asked = exchange.stats.requests;
    await expect(check(['klines.BTCUSDT.1s', 'klines.BTCUSDT.7m', 'trades.BTCUSDT'])).rejects.toMatchObject({
      code: 'TOPIC_NOT_AVAILABLE',
      message:
        'topic "klines.BTCUSDT.1s": there is no such stream on USD-M futures; ' +
        'topic "klines.BTCUSDT.7m": there is no such stream on USD-M futures',
    });
    expect(exchange.stats.requests).toEqual(asked);
  });

  it('an exchange that answers with errors hinders nothing, and operators are told', async () => {
    exchange.misbehave({ kind: 'restError', status: 503, times: 2 });
    const [told, ...more] = await check(['trades.NOPEUSDT']);
    expect(told).toMatch(/^symbolsUnchecked: the exchange cannot be asked for its symbols: .*503/);
    expect(more).toEqual([]);
  });

  it('an exchange that does not answer in time hinders nothing, and operators are told', async () => {
    exchange.misbehave({ kind: 'slowRest', delayMs: 5_000, times: 1 });
    expect(await check(['trades.BTCUSDT'], { patienceMs: 100 })).toEqual([
      'symbolsUnchecked: the exchange cannot be asked for its symbols: no answer within 100 ms',
    ]);
  });

  it('a start that is given up asks no longer', async () => {
    await expect(check(['trades.BTCUSDT'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});
