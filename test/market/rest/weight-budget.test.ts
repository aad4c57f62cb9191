import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/market/binance/rest/refusal.ts';
import { WeightBudget } from '../../../src/market/binance/rest/weight-budget.ts';

const START = Date.UTC(2026, 6, 1, 12);

describe('weight budget of a minute', () => {
  it('counts what is sent before the exchange has said so', () => {
    const budget = new WeightBudget(100);
    for (let i = 0; i < 4; i++) {
      expect(budget.wait(20, START)).toBeUndefined();
      budget.spend(20, START);
    }
    expect(budget.wait(20, START + 15_000)).toEqual({ reason: 'weight', ms: 45_000 });
    expect(budget.wait(20, START + 60_000)).toBeUndefined();
  });

  it('believes the exchange when it has counted more, e.g. of other processes', () => {
    const budget = new WeightBudget(100);
    budget.spend(20, START);
    budget.counted(75, START);
    budget.counted(30, START);
    expect(budget.wait(5, START)).toBeUndefined();
    expect(budget.wait(6, START)).toMatchObject({ reason: 'weight' });
  });

  it('lets a request that is heavier than the share go alone', () => {
    const budget = new WeightBudget(100);
    expect(budget.wait(250, START)).toBeUndefined();
    budget.spend(1, START);
    expect(budget.wait(250, START)).toMatchObject({ reason: 'weight' });
  });

  it('is not spoiled by a header that is no number', () => {
    const budget = new WeightBudget(100);
    budget.counted(Number('none'), START);
    budget.spend(79, START);
    expect(budget.wait(1, START)).toBeUndefined();
    expect(budget.wait(2, START)).toMatchObject({ reason: 'weight' });
  });

  it('holds everything until the exchange wants to be asked again', () => {
    const budget = new WeightBudget(100);
    budget.holdUntil(START + 90_000);
    budget.holdUntil(START + 10_000);
    expect(budget.wait(1, START + 60_000)).toEqual({ reason: 'limited', ms: 30_000 });
    expect(budget.wait(1, START + 90_000)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  it.each([
    ['30', 30_000],
    ['0', 0],
    [new Date(START + 5000).toUTCString(), 5000],
    [new Date(START - 5000).toUTCString(), 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, START)).toBe(ms);
  });
});
