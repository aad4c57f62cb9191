import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import {
  type Attached,
  attach,
  expectedLines,
  linesIn,
  received,
  rowsTaken,
  sample,
  spec,
  statusOf,
} from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
/** 131,000 rows: more than may be in flight. */
const TRADES = 40_000;
const HALF_WAY = 10_000;

describe('an operator', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let component: Attached;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: TRADES });
    session = await aegis.create(spec());
    component = await attach(aegis, session, { style: 'waits', ...ALL, args: ['--rest', '0.003'] });
  });
  afterAll(() => aegis?.close());

  it('pauses the stream: nothing flows until it is resumed, and nothing is lost', async () => {
    await session.start();
    await rowsTaken(aegis, session, HALF_WAY);
    expect(await session.pause()).toMatchObject({ state: 'RUNNING', paused: true });
    const state = await session.state();
    const still = await until('what was in flight has been taken', async () => {
      const lag = Object.values(statusOf(aegis, state)?.components ?? {}).map(({ lagRows }) => lagRows);
      const lines = linesIn(component.out).length;
      return lag.every((rows) => rows === 0) && lines > 0 && lines === statusOf(aegis, state)?.rows && lines;
    });
    const total = statusOf(aegis, state)?.totalRows ?? 0;
    expect(still).toBeLessThan(total);
    // Three more reports of progress, a second or more: the clock stands.
    for (let seen = 0; seen < 3; seen += 1) {
      const at = statusOf(aegis, state)?.at ?? 0;
      await until('another report', () => (statusOf(aegis, state)?.at ?? 0) > at);
    }
    expect(linesIn(component.out).length).toBe(still);
    expect(await session.resume()).toMatchObject({ state: 'RUNNING', paused: false });
    const { id, outcome } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const expected = expectedLines(aegis, id, ALL);
    expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
    expect(outcome).toBe('end-of-data');
  }, 240_000);

  it('stops a run within 5 s and may start it again', async () => {
    await session.start();
    await rowsTaken(aegis, session, HALF_WAY);
    const began = performance.now();
    expect((await session.stop()).state).toBe('FINISHED');
    const { outcome, summary } = await session.state();
    expect({ outcome, summary }).toEqual({ outcome: 'stopped', summary: undefined });
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect(session.stop()).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
  }, 240_000);

  it('restarts a run that is under way: the new one is whole', async () => {
    await session.start();
    await rowsTaken(aegis, session, HALF_WAY);
    expect(await session.restart()).toMatchObject({ state: 'INITIALIZING', run: 4 });
    const { id, summary, outcome } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const expected = expectedLines(aegis, id, ALL);
    expect(outcome).toBe('end-of-data');
    expect(summary?.components[component.id]?.rows).toBe(expected.length);
    const tail = await until('the last rows', () => {
      const lines = linesIn(component.out);
      return lines.at(-1) === expected.at(-1) && lines.slice(-expected.length);
    });
    expect(firstDifference(tail, expected)).toBeUndefined();
  }, 240_000);

  it('pauses it in the moment in which it begins: it stands, whether its orchestrator was there already or not', async () => {
    for (let time = 0; time < 3; time += 1) {
      if ((await session.state()).run === 0) await session.start();
      else await session.restart();
      await until('it is RUNNING', async () => (await session.state()).state === 'RUNNING');
      await session.pause();
      const state = await session.state();
      const reports = new Set<number>();
      const rows = await until('it stands', () => {
        const status = statusOf(aegis, state);
        if (status === undefined) return undefined;
        if (Object.values(status.components ?? {}).some(({ lagRows }) => lagRows > 0)) return undefined;
        reports.add(status.at);
        return reports.size > 2 && { taken: status.rows, of: status.totalRows };
      });
      expect(rows.taken).toBeLessThan(rows.of);
      expect(await session.state()).toMatchObject({ state: 'RUNNING', paused: true });
    }
  }, 240_000);
});
