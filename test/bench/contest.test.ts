import { describe, expect, it } from 'vitest';
import { resultOf, spreadOf } from '../../bench/result.ts';
import { type Contestant, figure, runContest, type Sample } from '../../bench/suite/contest.ts';

const sampled = (value: number, foreign = 0): Sample => ({
  value,
  rows: 2e6,
  processes: [{ name: 'orchestrator', cpu: value, peakMb: 100 * value }],
  foreign,
});

function contestant(name: string, samples: readonly Sample[], order: string[], against: string[] = []): Contestant {
  const left = [...samples];
  return {
    name,
    unit: 'rows/s',
    note: '',
    against,
    run: async () => {
      order.push(name);
      const sample = left.shift();
      if (sample === undefined) throw new Error('no more');
      return sample;
    },
  };
}

const contest = (contestants: readonly Contestant[], rounds: number) =>
  runContest({ contestants, rounds, tell: () => undefined });

describe('the statistics of the benchmarks', () => {
  it('the median of an even number of runs is between the two in the middle', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
    expect(resultOf('a', 'ms', '', [3, 1, 2])).toMatchObject({ min: 1, median: 2, max: 3, runs: 3 });
  });

  it('contestants run in turn, and a ratio is that of one round', async () => {
    const order: string[] = [];
    const limit = contestant('limit', [sampled(10), sampled(100), sampled(20)], order);
    const ours = contestant('ours', [sampled(5), sampled(10), sampled(8)], order, ['limit']);
    const { results } = await contest([limit, ours], 3);
    expect(order).toEqual(['limit', 'ours', 'limit', 'ours', 'limit', 'ours']);
    // 5/10, 10/100, 8/20: the ratio of the medians would be another one, 8/20 by chance.
    expect(results[1]?.ratios).toEqual([{ to: 'limit', min: 0.1, median: 0.4, max: 0.5 }]);
    expect(results[0]?.ratios).toBeUndefined();
  });

  it('CPU time is told for a million rows, memory and foreign load as they were', async () => {
    const { results } = await contest([contestant('a', [sampled(4, 0.01), sampled(2, 0.2), sampled(3)], [])], 3);
    expect(results[0]?.processes).toEqual([{ name: 'orchestrator', cpuPerMillion: 1.5, peakMb: 300 }]);
    expect(results[0]?.foreign).toBe(0.2);
  });

  it('one that fails has no result and no ratio; the others are measured all the same', async () => {
    const order: string[] = [];
    const limit = contestant('limit', [sampled(10)], order);
    const ours = contestant('ours', [sampled(5), sampled(6)], order, ['limit']);
    const { results, failed } = await contest([limit, ours], 2);
    expect(failed).toEqual([{ name: 'limit', reason: 'no more' }]);
    expect(results.map(({ name, median, ratios }) => ({ name, median, ratios }))).toEqual([
      { name: 'ours', median: 5.5, ratios: undefined },
    ]);
  });

  it.each([
    [1_712_345, '1.71 M'],
    [34_052, '34,052'],
    [0.23456, '0.235'],
    [4.7, '4.7'],
    [Number.NaN, '?'],
  ])('%d is written as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
