import { describe, expect, it } from 'vitest';
import { aborted } from '../../src/host/aborted.ts';
import { StartGate } from '../../src/host/start-gate.ts';

describe('the gate of starting processes', () => {
  it('lets so many start at once, the next when one is done, in their order, also after a failure', async () => {
    const gate = new StartGate(2);
    const begun: number[] = [];
    const ends = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    const passes = ends.map(({ promise }, index) =>
      gate.pass(async () => {
        begun.push(index + 1);
        await promise;
      }),
    );
    const outcomes = Promise.allSettled(passes);
    await turn();
    expect(begun).toEqual([1, 2]);
    ends[1]?.reject(new Error('it did not start'));
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    ends[0]?.resolve();
    await turn();
    expect(begun).toEqual([1, 2, 3, 4]);
    for (const { resolve } of ends) resolve();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});

describe('an aborted signal', () => {
  it('rejects whoever waits, before and after, and nobody has to', async () => {
    const reason = new Error('over');
    const controller = new AbortController();
    const early = aborted(controller.signal);
    const unheard = aborted(controller.signal);
    controller.abort(reason);
    await expect(early).rejects.toBe(reason);
    await expect(aborted(controller.signal)).rejects.toBe(reason);
    await turn();
    void unheard;
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
