import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
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
    const idle = Promise.withResolvers<void>();
    const batcher = new ReportBatcher({
      onIdle: idle.resolve,
      deliver: async (reports) => {
        calls.push(reports.map(idOf));
        return reports.map(accept);
      },
    });
    const answers = await Promise.all([0, 1, 2].map((n) => batcher.submit(report(n), 1_000)));
    expect(calls).toEqual([['cmp-0', 'cmp-1', 'cmp-2']]);
    expect(answers.map((answer) => answer.ok && answer.componentId)).toEqual(['cmp-0', 'cmp-1', 'cmp-2']);
    await idle.promise;
  });

  /** Calls that stay under way until the gate opens; `until` waits for so many of them. */
  function heldCalls() {
    const gate = Promise.withResolvers<void>();
    const calls: string[][] = [];
    const begun = new EventEmitter();
    const deliver = async (reports: readonly ComponentReport[]) => {
      calls.push(reports.map(idOf));
      begun.emit('call');
      await gate.promise;
      return reports.map(accept);
    };
    const until = async (count: number) => {
      while (calls.length < count) await once(begun, 'call');
    };
    return { open: gate.resolve, calls, deliver, until };
  }

  test('components do not wait for each other, until so many calls are under way: others travel together', async () => {
    const { open, calls, deliver, until } = heldCalls();
    const batcher = new ReportBatcher({ maxCalls: 2, deliver });
    const answers = [batcher.submit(report(0), 1_000)];
    await until(1);
    answers.push(batcher.submit(report(1), 1_000));
    await until(2);
    answers.push(...[2, 3, 4].map((n) => batcher.submit(report(n), 1_000)));
    await sleep(20);
    expect(calls).toEqual([['cmp-0'], ['cmp-1']]);
    open();
    await Promise.all(answers);
    expect(calls).toEqual([['cmp-0'], ['cmp-1'], ['cmp-2', 'cmp-3', 'cmp-4']]);
  });

  test('a report waits for the earlier ones of its component', async () => {
    const { open, calls, deliver, until } = heldCalls();
    const batcher = new ReportBatcher({ deliver });
    const first = batcher.submit(report(0), 1_000);
    await until(1);
    const later = [0, 0, 1].map((n) => batcher.submit(report(n), 1_000));
    await until(2);
    expect(calls).toEqual([['cmp-0'], ['cmp-1']]);
    open();
    await Promise.all([first, ...later]);
    expect(calls).toEqual([['cmp-0'], ['cmp-1'], ['cmp-0', 'cmp-0']]);
  });

  test('is idle once, also when a call that ends takes along what was just being gathered', async () => {
    const { open, deliver, until } = heldCalls();
    let idle = 0;
    const onIdle = () => {
      idle += 1;
    };
    const batcher = new ReportBatcher({ windowMs: 50, deliver, onIdle });
    const first = batcher.submit(report(0), 1_000);
    await until(1);
    const second = batcher.submit(report(0), 1_000);
    open();
    await Promise.all([first, second]);
    await sleep(100);
    expect(idle).toBe(1);
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

  test('a failed call is repeated before what its components reported later', async () => {
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
    await Promise.all([0, 1, 0].map((n) => batcher.submit(report(n), 1_000)));
    expect(calls).toEqual([['cmp-0', 'cmp-1'], ['cmp-0', 'cmp-1'], ['cmp-0', 'cmp-1'], ['cmp-0']]);
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
