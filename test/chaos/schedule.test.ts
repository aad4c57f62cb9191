import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, type Fault, PROCESS_KINDS, SIGNALS } from './fault.ts';
import { chaosOptions } from './options.ts';
import { schedule } from './schedule.ts';

const COMPONENTS = 4;
const seeds = fc.nat({ max: 2 ** 31 - 1 });

function faultsOf(seed: number, kills: number): readonly Fault[] {
  return schedule({ seed, kills, components: COMPONENTS }).flatMap(({ faults }) => faults);
}

describe('the schedule of faults', () => {
  it('follows from its seed alone, and differs for another one', () => {
    const one = schedule({ seed: 7, kills: 100, components: COMPONENTS });
    expect(schedule({ seed: 7, kills: 100, components: COMPONENTS })).toEqual(one);
    expect(schedule({ seed: 8, kills: 100, components: COMPONENTS })).not.toEqual(one);
  });

  it('has as many faults as wanted, in order within a run, while most of the rows are left', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 120 }), (seed, kills) => {
        const runs = schedule({ seed, kills, components: COMPONENTS });
        expect(runs.flatMap(({ faults }) => faults)).toHaveLength(kills);
        expect(runs.map(({ number }) => number)).toEqual(runs.map((_, index) => index + 1));
        for (const { faults } of runs) {
          const moments = faults.map(({ moment }) => moment);
          expect(moments).toEqual(moments.toSorted((a, b) => a - b));
          expect(moments.every((moment) => moment >= 0 && moment < 0.7)).toBe(true);
        }
      }),
    );
  });

  it('of 100 holds every kind with every signal, pairs, and power losses in runs of their own', () => {
    const expected = PROCESS_KINDS.flatMap((kind) => SIGNALS.map((signal) => `${kind} ${signal}`));
    fc.assert(
      fc.property(seeds, (seed) => {
        const classes = new Set(faultsOf(seed, 100).map(classOf));
        expect([...classes]).toEqual(expect.arrayContaining([...expected, 'two at once', 'power loss']));
        for (const { faults } of schedule({ seed, kills: 100, components: COMPONENTS })) {
          if (faults.some(({ type }) => type === 'power-loss')) expect(faults).toHaveLength(1);
        }
      }),
    );
  });

  it('never strikes the same process twice at once, and strikes every component', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const strikes = faultsOf(seed, 200).flatMap((fault) => (fault.type === 'strikes' ? [fault.strikes] : []));
        for (const [first, second] of strikes) {
          expect([first.kind, first.component]).not.toEqual([second?.kind, second?.component]);
        }
        const components = strikes.flat().filter(({ kind }) => kind === 'component');
        expect(new Set(components.map(({ component }) => component)).size).toBe(COMPONENTS);
      }),
      { numRuns: 20 },
    );
  });

  it('can be held to some kinds', () => {
    const runs = schedule({ seed: 3, kills: 30, kinds: ['temporal'], components: COMPONENTS });
    const classes = new Set(runs.flatMap(({ faults }) => faults).map(classOf));
    expect([...classes].sort()).toEqual(['temporal SIGKILL', 'temporal SIGSTOP']);
    const losses = schedule({ seed: 3, kills: 2, kinds: ['power-loss'], components: COMPONENTS });
    expect(losses.map(({ faults }) => faults.map(classOf))).toEqual([['power loss'], ['power loss']]);
  });
});

describe('the options of the crash matrix', () => {
  it('take the seed of the command line, then that of the environment', () => {
    expect(chaosOptions(['--seed', '5'], { AEGIS_CHAOS_SEED: '6' })).toMatchObject({ seed: 5, kills: 100 });
    expect(chaosOptions([], { AEGIS_CHAOS_SEED: '6' }).seed).toBe(6);
    expect(Number.isSafeInteger(chaosOptions([], {}).seed)).toBe(true);
  });

  it('refuse what they do not understand', () => {
    expect(() => chaosOptions(['--seed', 'x'], {})).toThrow('--seed: x is not a whole number');
    expect(() => chaosOptions(['--kinds', 'orchestrator,postgres'], {})).toThrow('postgres is none of component');
    expect(() => chaosOptions(['--sede', '1'], {})).toThrow('--sede');
  });
});
