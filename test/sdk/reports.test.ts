import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import type { ComponentSpec } from '../../src/model/session.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { attachProgram, command, componentOf, LANGUAGES, logOf } from './stage.ts';

const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };

describe.each(LANGUAGES)('what a component on the %s SDK reports', (language) => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: TEN.symbols, trades: 10 });
  });
  afterAll(() => aegis?.close());

  /** Beside it runs one that keeps the session going. */
  async function start(how: string): Promise<readonly [SessionHandle, ComponentSpec]> {
    const session = await aegis.create(spec());
    const launch = { ...command(language, [how], 'report'), cwd: aegis.home };
    const reporter = await session.attach({ name: 'reporter', launch, required: false, restart: { policy: 'never' } });
    await attachProgram(aegis, session, { language, ...TEN, name: 'other' });
    await runToEnd(session);
    return [session, reporter];
  }

  function lastLogLine(session: SessionHandle): Record<string, unknown> {
    return JSON.parse(logOf(aegis, session, 'reporter').at(-1) ?? '{}');
  }

  it('WAITING, RUNNING and an error that is recoverable are recorded, and it goes on', async () => {
    const [session, reporter] = await start('go on');
    const events = (await session.events()).filter(({ component }) => component === 'reporter');
    const states = events.filter(({ event }) => event === 'state').map(({ text }) => text);
    expect(states.filter((text) => /WAITING|RUNNING/.test(text ?? ''))).toHaveLength(3);
    const { state, version, lastError } = componentOf(await session.state(), reporter);
    expect({ state, version, lastError }).toEqual({
      state: 'RUNNING',
      version: '1.2.3',
      lastError: { code: 'FEED_STALLED', message: 'no quotes for 30 s', recoverable: true },
    });
    await session.shutdown();
    const ended = await session.ended();
    expect(componentOf(ended, reporter).lastExit?.reason).toBe('exit code 0');
    expect(lastLogLine(session)).toMatchObject({
      message: 'stopped',
      component: 'reporter',
      mode: 'historical',
      session: session.name,
      topics: ['trades.BTCUSDT'],
    });
  }, 240_000);

  it.each(['stop', 'return'])(
    'it leaves the session by itself, with on_stop and exit code 0: %s',
    async (how) => {
      const [session, reporter] = await start(how);
      const exited = async () => componentOf(await session.state(), reporter).lastExit;
      expect((await until('it has left', exited)).reason).toBe('exit code 0');
      expect(lastLogLine(session)).toMatchObject({ message: 'stopped' });
      expect(componentOf(await session.state(), reporter).topics).toEqual([]);
    },
    120_000,
  );

  it('an error that is not recoverable ends it with exit code 1, after on_stop', async () => {
    const [session, reporter] = await start('fatal');
    const exited = async () => componentOf(await session.state(), reporter).lastExit;
    expect((await until('it has ended', exited)).reason).toBe('exit code 1');
    const { lastError } = componentOf(await session.state(), reporter);
    expect(lastError).toEqual({ code: 'LIMIT_BREACHED', message: 'drawdown of 20 %', recoverable: false });
    expect(lastLogLine(session)).toMatchObject({ message: 'stopped' });
  }, 240_000);
});
