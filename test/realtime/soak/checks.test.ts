import { describe, expect, it } from 'vitest';
import { checkTopic } from './check-topic.ts';
import type { TrueRow } from './exchange-messages.ts';
import { nameOf } from './fault.ts';
import type { Loss } from './losses.ts';
import { growthProblems, type MemoryResult } from './memory.ts';
import { KINDS, plan } from './plan.ts';
import { SYMBOLS } from './readers.ts';

/** What the soak takes for whole must be whole: each check finds what it is there for. */
const HAPPENED = Array.from({ length: 10 }, (_, index): TrueRow => [100 + index, 7 * index]);

describe('the rows of a topic', () => {
  it('are whole when every key is there once, in order, as it happened', async () => {
    expect(await check({})).toEqual({ topic: 'trades.X', rows: 10, lost: 0, problems: [] });
  });

  it('are whole without what exists nowhere and was declared lost', async () => {
    const without = HAPPENED.filter(([key]) => key !== 104);
    expect(await check({ rows: without, truth: without, losses: [loss(104, 104)] })).toMatchObject({
      rows: 9,
      lost: 1,
      problems: [],
    });
  });

  it.each([
    ['a row is missing', { rows: HAPPENED.toSpliced(4, 1) }, '104 is missing, and nothing declares it'],
    ['a row came twice', { rows: HAPPENED.toSpliced(4, 0, [103, 21]) }, '104 is missing, and nothing declares it'],
    ['two are swapped', { rows: HAPPENED.toSpliced(4, 2, [105, 35], [104, 28]) }, '104 is missing, and nothing'],
    ['bytes differ', { rows: HAPPENED.toSpliced(4, 1, [104, 1]) }, '104 has other bytes than what happened'],
    ['a row is invented', { truth: HAPPENED.toSpliced(4, 1) }, '104 was delivered and exists nowhere'],
    ['a delivered row is declared', { losses: [loss(104, 104)] }, '104 is declared lost and was delivered'],
    [
      'what exists is declared',
      { rows: HAPPENED.toSpliced(4, 1), losses: [loss(104, 104)] },
      '104 is declared lost and exists',
    ],
    [
      'what exists nowhere is not declared',
      { rows: HAPPENED.toSpliced(4, 1), truth: HAPPENED.toSpliced(4, 1) },
      '104 exists nowhere, and nothing declares it',
    ],
  ])('are not whole when %s', async (_what, changes: Changes, problem) => {
    expect((await check(changes)).problems.join('\n')).toMatch(problem);
  });

  it('are not whole when there are none', async () => {
    expect((await check({ rows: [] })).problems).toEqual(['trades.X: no rows']);
  });
});

interface Changes {
  readonly rows?: readonly TrueRow[];
  readonly truth?: readonly TrueRow[];
  readonly losses?: readonly Loss[];
}

function check({ rows = HAPPENED, truth = HAPPENED, losses = [] }: Changes) {
  const told = async (from: number, to: number) => truth.filter(([key]) => key >= from && key <= to);
  return checkTopic({ topic: 'trades.X', rows, losses, step: 1, truth: told });
}

function loss(from: number, to: number): Loss {
  return { topic: 'trades.X', from, to, reason: 'the exchange does not give them' };
}

describe('the plan', () => {
  it('follows from its seed alone, and has every kind', () => {
    const names = (seed: number) => first(seed, 60).map(nameOf);
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
    const told = first(1, 60)
      .flatMap(({ blow, second }) => (second === undefined ? [blow] : [blow, second.blow]))
      .map((blow) => (blow.type === 'kill' ? blow.victim : blow.type === 'stall' ? 'stall' : blow.name));
    expect([...new Set(told)].sort()).toEqual([...KINDS].sort());
  });

  function first(seed: number, count: number) {
    const faults = plan({ seed, symbols: SYMBOLS });
    return Array.from({ length: count }, () => faults.next().value);
  }
});

describe('the memory of a process', () => {
  const grown: MemoryResult = { name: 'x', pid: 1, seconds: 100, start: 100, max: 900, end: 800, slope: 400 };
  it('that has grown far is told, one that lived too short to say is not', () => {
    expect(growthProblems([grown])).toEqual(['x 1 has grown from 100 to 800 MB in 100 s']);
    const { slope: _, ...short } = grown;
    expect(growthProblems([short, { ...grown, end: 110 }])).toEqual([]);
  });
});
