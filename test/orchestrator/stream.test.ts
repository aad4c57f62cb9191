import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { streamHash } from './data-client.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage, type StageOptions } from './stage.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ETH = 'aggTrades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';

const TOPICS: readonly TestTopic[] = [
  { topic: BTC, tapes: [syntheticRows(20_000, { seed: 1 })] },
  { topic: ETH, tapes: [syntheticRows(15_000, { seed: 2 })] },
  { topic: KLINES, tapes: [syntheticRows(300, { seed: 3, stepUs: 200_000 })] },
];

function newStage(options: Partial<StageOptions> = {}): Stage {
  const stage = new Stage({
    natsUrl: inject('natsUrl'),
    topics: TOPICS,
    components: [{ id: 'all', topics: [KLINES, BTC, ETH] }],
    ...options,
  });
  onTestFinished(() => stage.close());
  return stage;
}

describe('stream through real processes', () => {
  it('gives each component exactly its own topics in the order of the whole, and its hash', async () => {
    const stage = newStage({
      components: [
        { id: 'all', topics: [KLINES, BTC, ETH] },
        { id: 'same', topics: [BTC, ETH, KLINES] },
        { id: 'eth', topics: [ETH] },
        { id: 'two', topics: [KLINES, ETH] },
      ],
    });
    await stage.startDataStream();
    const clients = {
      all: stage.client('all'),
      same: stage.client('same'),
      eth: stage.client('eth'),
      two: stage.client('two'),
    };
    stage.startOrchestrator();
    const { rows, components } = await stage.finished();
    expect(rows).toBe(35_300);
    const wanted = { all: undefined, same: undefined, eth: [ETH], two: [ETH, KLINES] };
    for (const id of ['all', 'same', 'eth', 'two'] as const) {
      const expected = Buffer.from(expectedStream(stage.sessionId, TOPICS, wanted[id]));
      await until('all bytes have arrived', () => clients[id].bytes >= expected.length);
      expect(clients[id].text.equals(expected)).toBe(true);
      const expectedRows = expected.filter((byte) => byte === 10).length;
      expect(components[id]).toEqual({ rows: expectedRows, bytes: expected.length, hash: streamHash(expected) });
    }
  });
});
