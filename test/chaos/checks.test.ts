import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../src/model/activities.ts';
import { numbered } from '../sdk/stage.ts';
import { problemOf } from './received.ts';
import { problemsOfRecord } from './record-check.ts';
import { quantile } from './results.ts';

/** What the suite takes for whole must be whole: each check finds what it is there for. */
const ROWS = Array.from({ length: 10 }, (_, row) => `{"session_id":"s","topic":"t","ts":${row},"data":{"id":${row}}}`);
const NUMBERED = numbered(ROWS);

describe('the rows that the processes of a component have kept', () => {
  it('stored: every row once in one file', () => {
    const check = (kept: string[][]) => problemOf({ name: 'stored' }, kept, ROWS);
    expect(check([NUMBERED])).toBeUndefined();
    expect(check([[...NUMBERED.slice(0, 4), ...NUMBERED.slice(3)]])).toMatch('line 4');
    expect(check([NUMBERED.slice(0, 9)])).toMatch('line 9 of 9 received and 10 expected');
    expect(check([])).toMatch('line 0');
  });

  it('acknowledged: a process may begin with rows again, never beyond what was there', () => {
    const check = (kept: string[][]) => problemOf({ name: 'acknowledged' }, kept, ROWS);
    expect(check([NUMBERED.slice(0, 6), [], NUMBERED.slice(4)])).toBeUndefined();
    expect(check([NUMBERED.slice(0, 4), NUMBERED.slice(5)])).toBe(
      'a process begins with row 5, the one before had 4 rows',
    );
    expect(check([NUMBERED.slice(0, 6), [...NUMBERED.slice(6, 8), ...NUMBERED.slice(7)]])).toMatch('line 2');
    expect(check([NUMBERED.slice(0, 6)])).toBe('6 of 10 rows');
  });

  it('replayed: every process begins with the first row, the last one has all', () => {
    const check = (kept: string[][]) => problemOf({ name: 'replayed' }, kept, ROWS);
    expect(check([NUMBERED.slice(0, 6), NUMBERED])).toBeUndefined();
    expect(check([NUMBERED.slice(1, 6), NUMBERED])).toMatch('of an earlier process: line 0');
    expect(check([NUMBERED, NUMBERED.slice(0, 9)])).toMatch('line 9');
  });

  it('received: one write at most comes again to the next process, what is missing was under way to a killed one', () => {
    const check = (kept: string[][], rows = ROWS) => problemOf({ name: 'received' }, kept, rows);
    expect(check([ROWS.slice(0, 6), ROWS.slice(7)])).toBeUndefined();
    expect(check([ROWS.slice(0, 6), ROWS.slice(5)])).toBeUndefined();
    const long = ROWS.map((row) => row.padEnd(40_000));
    expect(check([long.slice(0, 6), long.slice(5)], long)).toBeUndefined();
    expect(check([long.slice(0, 6), long.slice(4)], long)).toBe('80002 bytes before row 6 came again');
    expect(check([ROWS.slice(1)])).toMatch('bytes are missing at row 0');
    expect(check([[...ROWS.slice(0, 6), ...ROWS.slice(5)]])).toMatch('line 6');
    expect(check([[...ROWS.slice(0, 6), ...ROWS.slice(7)]])).toMatch('line 6');
    expect(check([ROWS.slice(0, 9)])).toBe('9 of 10 rows');
  });
});

const LIFE: readonly (readonly [event: string, state: string, text?: string])[] = [
  ['attach', 'REGISTERED'],
  ['start', 'INITIALIZING'],
  ['register', 'INITIALIZING'],
  ['state', 'INITIALIZING', 'INITIALIZING'],
  ['state', 'READY', 'READY'],
  ['state', 'CONFIGURED', 'CONFIGURED'],
  ['state', 'CONFIGURED', 'RUNNING'],
  ['streamStarted', 'RUNNING'],
  ['exited', 'RUNNING', 'killed by SIGKILL'],
  ['register', 'RUNNING'],
  ['state', 'RUNNING', 'INITIALIZING'],
  ['streamEnded', 'FINISHED', '10 rows'],
  ['shutdown', 'SHUTDOWN'],
  ['exited', 'SHUTDOWN', 'exit code 0'],
];

describe('the record of a session', () => {
  const whole = LIFE.map((entry, at) => entryOf(entry, at));
  const check = (entries: readonly LogEntry[]) => problemsOfRecord(entries, { exits: new Map([['one', 2]]) });

  it('with every step once is whole', () => {
    expect(check(whole)).toEqual([]);
  });

  it.each([
    ['a doubled end of the stream', 11, 'streamEnded happened 2 times'],
    ['a doubled state', 4, 'one: READY was accepted twice'],
    ['a doubled end of a process', 8, 'one: 3 ends of its process are recorded, not 2'],
  ])('with %s is not', (_what, at, problem) => {
    expect(check(whole.flatMap((entry, index) => (index === at ? [entry, entry] : [entry])))).toContain(problem);
  });

  it.each([
    ['a lost start', 1, 'start happened 0 times'],
    ['a lost state', 4, 'one: CONFIGURED was accepted after INITIALIZING'],
    ['a lost end of a process', 8, 'one: 1 ends of its process are recorded, not 2'],
  ])('with %s is not', (_what, at, problem) => {
    expect(check(whole.toSpliced(at, 1))).toContain(problem);
  });

  it('that goes back is not', () => {
    const back = whole.toSpliced(12, 0, entryOf(['start', 'INITIALIZING'], 12));
    expect(check(back).join()).toMatch('its states were REGISTERED, INITIALIZING');
  });
});

describe('quantiles of recovery times', () => {
  it('are values that were measured', () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)]).toEqual([10, 19, 20]);
    expect(quantile([3.2], 0.5)).toBe(3);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

function entryOf([event, state, text]: (typeof LIFE)[number], at: number): LogEntry {
  const component = ['register', 'state', 'exited'].includes(event) ? { component: 'one' } : {};
  return { at, run: 1, event, state, ...component, ...(text === undefined ? {} : { text }) };
}
