import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { attach, expectedLines, received, runToEnd, sample, spec } from '../support/session-run.ts';

const DECLARED = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };

describe('a finished session that is started again', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: DECLARED.symbols, trades: 2_000 });
  });
  afterAll(() => aegis?.close());

  it('gives the same bytes to components that acknowledge REBORN, without a new process', async () => {
    const session = await aegis.create(spec());
    const waits = await attach(aegis, session, { style: 'waits', ...DECLARED });
    const pipelined = await attach(aegis, session, { style: 'pipelined', ...DECLARED });
    const first = await runToEnd(session);
    const second = await runToEnd(session);
    expect(second.run).toBe(2);
    expect(second.summary?.components).toEqual(first.summary?.components);
    const expected = expectedLines(aegis, first.id, DECLARED);
    const twice = [...expected, ...expected];
    for (const component of [waits, pipelined]) {
      expect(firstDifference(await received(component, twice), twice)).toBeUndefined();
    }
    expect(second.components.map(({ incarnation }) => incarnation)).toEqual([1, 1]);
  });
});
