import { describe, expect, it } from 'vitest';
import { parseBenchArgs, UsageError } from '../../bench/suite/args.ts';

const BLOCKS = [
  { name: 'replay', cases: ['raw-socket', 'replay-2', 'replay-64'] },
  { name: 'realtime', cases: ['realtime'] },
];
const parse = (...args: string[]) => parseBenchArgs(args, BLOCKS, ['raw-socket', 'replay-2']);

describe('the command line of the benchmarks', () => {
  it('without words means everything, five runs each', () => {
    const { cases, all, runs, minutes, json, write, compare } = parse();
    expect([...cases]).toEqual(['raw-socket', 'replay-2', 'replay-64', 'realtime']);
    expect({ all, runs, minutes, json, write, compare }).toEqual({
      all: true,
      runs: 5,
      minutes: 10,
      json: false,
      write: false,
      compare: false,
    });
  });

  it('takes cases and whole blocks, after --only or by themselves', () => {
    expect([...parse('--only', 'replay-2,realtime').cases]).toEqual(['replay-2', 'realtime']);
    expect([...parse('replay').cases]).toEqual(['raw-socket', 'replay-2', 'replay-64']);
    expect(parse('replay').all).toBe(false);
  });

  it('--compare alone runs the cases that have a ratio, and is not the whole suite', () => {
    expect([...parse('--compare').cases]).toEqual(['raw-socket', 'replay-2']);
    expect(parse('--compare').all).toBe(false);
    expect([...parse('--compare', 'replay-64').cases]).toEqual(['replay-64']);
  });

  it.each([
    [['--only', 'replay-3'], 'there is no case replay-3'],
    [['--runs', '0'], '--runs 0: a number above 0'],
    [['--runs', 'many'], '--runs many: a number above 0'],
    [['--fast'], '--fast'],
  ])('%j is refused', (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });
});
