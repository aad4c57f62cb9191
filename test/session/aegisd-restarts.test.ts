import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { stopAegisd } from '../../src/client/start-aegisd.ts';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import {
  type Attached,
  attach,
  expectedLines,
  killNine,
  received,
  rowsTaken,
  sample,
  spec,
} from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades'] };
const SLOW = { style: 'waits', ...ALL, args: ['--tell-received', '--rest', '0.01', '--reconnect', '1'] };

describe('aegisd that goes and comes back', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    // A killed worker delays sessions of everybody on its Temporal.
    aegis = await startTestAegis({ servers: 'own' });
    await sample(aegis, { symbols: ALL.symbols, trades: 20_000 });
  });
  afterAll(() => aegis?.close());

  async function begin(): Promise<{ readonly session: SessionHandle; readonly component: Attached }> {
    const session = await aegis.create(spec());
    const component = await attach(aegis, session, SLOW);
    await session.start();
    return { session, component };
  }

  async function comeBack({ name }: SessionHandle): Promise<SessionHandle> {
    await aegis.restart();
    return aegis.client.session(name);
  }

  async function expectWhole(session: SessionHandle, component: Attached): Promise<void> {
    const { id, summary } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const expected = expectedLines(aegis, id, ALL);
    expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
    expect(summary?.components[component.id]?.rows).toBe(expected.length);
  }

  it('killed while the session is paused: it stays paused, and is whole when it is resumed', async () => {
    const { session, component } = await begin();
    await rowsTaken(aegis, session, 5_000);
    await session.pause();
    killNine(aegis, ' aegisd');
    const after = await comeBack(session);
    await until('the component is back', async () => (await after.state()).components[0]?.state === 'RUNNING');
    await until('the orchestrator is back', () =>
      processesOf(aegis.home).some((line) => line.includes('orchestrator/main')),
    );
    expect(await after.state()).toMatchObject({ state: 'RUNNING', paused: true });
    await after.resume();
    await expectWhole(after, component);
  }, 240_000);

  it('killed while the session starts: the start goes on', async () => {
    const { session, component } = await begin();
    killNine(aegis, ' aegisd');
    const after = await comeBack(session);
    await expectWhole(after, component);
  }, 240_000);

  it('ended in good order in the middle of a run: FINISHED when it is up again', async () => {
    const { session, component } = await begin();
    await rowsTaken(aegis, session, 5_000);
    await stopAegisd(aegis.home);
    await until('nothing is left', () => processesOf(aegis.home).length === 0);
    const after = await comeBack(session);
    const { state, components, summary } = await after.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    expect({ state, restarts: components[0]?.restarts }).toEqual({ state: 'FINISHED', restarts: 0 });
    expect(summary?.components[component.id]?.rows).toBeGreaterThan(0);
  }, 240_000);
});
