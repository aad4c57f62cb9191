import { describe, expect, test } from 'vitest';
import { ReportBatcher } from '../../src/gateway/control/report-batcher.ts';
import { AegisError } from '../../src/model/errors.ts';
import type { ComponentReport, ReportAnswer } from '../../src/model/report.ts';

const report = (n: number): ComponentReport => ({ type: 'state', componentId: `cmp-${n}`, state: 'READY' });
const idOf = (given: ComponentReport) => (given.type === 'register' ? '' : given.componentId);
const accept = (given: ComponentReport): ReportAnswer => ({
  ok: true,
  componentId: idOf(given),
  state: 'READY',
  topics: [],
  config: {},
});

describe('the batcher of reports', () => {
  test('what is submitted together is delivered in one call, in order, each with its own answer', async () => {
    const calls: string[][] = [];
    const batcher = new ReportBatcher({
      deliver: async (reports) => {
        calls.push(reports.map(idOf));
        return reports.map(accept);
      },
    });
    const answers = await Promise.all([0, 1, 2].map((n) => batcher.submit(report(n), 1_000)));
    expect(calls).toEqual([['cmp-0', 'cmp-1', 'cmp-2']]);
    expect(answers.map((answer) => answer.ok && answer.componentId)).toEqual(['cmp-0', 'cmp-1', 'cmp-2']);
    expect(batcher.idle).toBe(true);
  });

  test('one call is in flight at a time; what comes meanwhile travels in the next', async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const calls: number[] = [];
    let inFlight = 0;
    const batcher = new ReportBatcher({
      deliver: async (reports) => {
        inFlight += 1;
        expect(inFlight).toBe(1);
        calls.push(reports.length);
        started.resolve();
        await gate.promise;
        inFlight -= 1;
        return reports.map(accept);
      },
    });
    const first = batcher.submit(report(0), 1_000);
    await started.promise;
    const others = [1, 2, 3].map((n) => batcher.submit(report(n), 1_000));
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(calls).toEqual([1, 3]);
  });

  test('a call has a bounded number of reports', async () => {
    const calls: number[] = [];
    const batcher = new ReportBatcher({
      maxBatch: 4,
      deliver: async (reports) => {
        calls.push(reports.length);
        return reports.map(accept);
      },
    });
    await Promise.all(Array.from({ length: 10 }, (_, n) => batcher.submit(report(n), 1_000)));
    expect(calls).toEqual([4, 4, 2]);
  });

  test('a report submitted in the turn in which the last one was answered is delivered', async () => {
    const batcher = new ReportBatcher({ deliver: async (reports) => reports.map(accept) });
    for (let n = 0; n < 20; n += 1) {
      const answer = await batcher.submit(report(n), 1_000);
      expect(answer.ok && answer.componentId).toBe(`cmp-${n}`);
    }
  });

  test('a failed call is repeated before anything that came later', async () => {
    const calls: string[][] = [];
    const batcher = new ReportBatcher({
      retryMs: 5,
      maxBatch: 2,
      deliver: async (reports) => {
        calls.push(reports.map(idOf));
        if (calls.length < 3) throw new Error('no connection');
        return reports.map(accept);
      },
    });
    await Promise.all([0, 1, 2].map((n) => batcher.submit(report(n), 1_000)));
    expect(calls).toEqual([['cmp-0', 'cmp-1'], ['cmp-0', 'cmp-1'], ['cmp-0', 'cmp-1'], ['cmp-2']]);
  });

  test('a report is given up after its limit, others are not', async () => {
    let failures = 3;
    const delivered: string[] = [];
    const batcher = new ReportBatcher({
      retryMs: 20,
      deliver: async (reports) => {
        failures -= 1;
        if (failures >= 0) throw new Error('no connection');
        delivered.push(...reports.map(idOf));
        return reports.map(accept);
      },
    });
    const [short, long] = await Promise.allSettled([batcher.submit(report(0), 1), batcher.submit(report(1), 5_000)]);
    expect(short.status === 'rejected' && AegisError.is(short.reason) && short.reason.code).toBe('DEPENDENCY_DOWN');
    expect(long.status).toBe('fulfilled');
    expect(delivered).toEqual(['cmp-1']);
  });

  test('a wrong number of answers is a failure, not an answer to somebody else', async () => {
    const batcher = new ReportBatcher({ deliver: async () => [] });
    await expect(batcher.submit(report(0), 1)).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
  });

  test('stop delivers what is waiting and repeats nothing', async () => {
    let calls = 0;
    const batcher = new ReportBatcher({
      retryMs: 5,
      deliver: async () => {
        calls += 1;
        throw new Error('no connection');
      },
    });
    const waiting = expect(batcher.submit(report(0), 60_000)).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
    await batcher.stop();
    await waiting;
    expect(calls).toBe(1);
  });
});
