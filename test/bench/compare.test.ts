import { describe, expect, it } from 'vitest';
import { compareRatios, comparisonLines } from '../../bench/report/compare.ts';
import { type BenchResult, resultOf, type Spread } from '../../bench/result.ts';

const WANTED = new Set(['replay-2']);

function result(name: string, ratio: Spread, to = 'raw-socket'): BenchResult {
  return { ...resultOf(name, 'rows/s', '', [1]), ratios: [{ to, ...ratio }] };
}

const exactly = (median: number): Spread => ({ min: median, median, max: median });
const compare = (before: Spread, now: Spread) =>
  compareRatios([result('replay-2', before)], [result('replay-2', now)], 'raw-socket', WANTED)[0];

describe('the comparison with the committed results', () => {
  it('fails below nine tenths of a ratio that does not vary', () => {
    expect(compare(exactly(0.3), exactly(0.28))).toMatchObject({ ok: true, tolerance: 0.1 });
    expect(compare(exactly(0.3), exactly(0.26))?.ok).toBe(false);
  });

  it('is never below for being faster', () => {
    expect(compare(exactly(0.3), exactly(0.9))?.ok).toBe(true);
  });

  it('tolerates as much as both runs vary, a quarter at the most', () => {
    const varying = { min: 0.28, median: 0.3, max: 0.34 };
    expect(compare(varying, exactly(0.3))?.tolerance).toBe(0.1);
    expect(compare(varying, varying)?.tolerance).toBeCloseTo(0.2);
    expect(compare(varying, { min: 0.1, median: 0.2, max: 0.5 })).toMatchObject({ tolerance: 0.25, ok: false });
  });

  it('a case that was asked for and has no ratio now fails; one that was not is left out', () => {
    const committed = [result('replay-2', exactly(0.3)), result('replay-10', exactly(0.3))];
    const compared = compareRatios(committed, [], 'raw-socket', WANTED);
    expect(compared.map(({ name, ok, now }) => ({ name, ok, now }))).toEqual([
      { name: 'replay-2', ok: false, now: undefined },
    ]);
    expect(comparisonLines(compared)).toEqual([
      'LESS replay-2: was not measured, was 0.300 of raw-socket; 10 % less is tolerated',
    ]);
  });

  it('heeds ratios to the raw socket only', () => {
    const committed = [result('replay-2', exactly(20), 'tardis-dev')];
    expect(compareRatios(committed, [], 'raw-socket', WANTED)).toEqual([]);
  });
});
