import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { attach, expectedLines, linesIn, received, runToEnd, sample, spec, statusOf } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ALL = { symbols: ['BTCUSDT'], streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };

describe('a component that stops reading its data socket', () => {
  let aegis: TestAegis;
  let stall: string;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: 20_000 });
    stall = join(aegis.home, 'stall');
  });
  afterAll(() => aegis?.close());

  it('holds the clock of its own session alone, is named, and gets everything once it reads', async () => {
    writeFileSync(stall, '');
    const held = await aegis.create(spec());
    const sleeper = await attach(aegis, held, { style: 'waits', name: 'sleeper', ...ALL, args: ['--stall', stall] });
    const reader = await attach(aegis, held, { style: 'waits', name: 'reader', ...ALL });
    await held.start();
    const state = await held.waitFor(['RUNNING']);

    const free = await aegis.create(spec());
    const other = await attach(aegis, free, { style: 'pipelined', ...ALL });
    const { id, summary } = await runToEnd(free);
    const whole = expectedLines(aegis, id, ALL);
    expect(summary?.components[other.id]?.rows).toBe(whole.length);

    const flows = await until('the sleeper is named', () => {
      const components = statusOf(aegis, state)?.components;
      return components?.[sleeper.id]?.holdsClock && components;
    });
    expect(flows[sleeper.id]).toMatchObject({ connections: 1, holdsClock: true });
    expect(flows[sleeper.id]?.lagRows).toBeGreaterThan(0);
    expect(flows[reader.id]?.holdsClock).toBe(false);
    const told = await until('the session is told', async () =>
      (await held.events()).find(({ event, component }) => event === 'slow' && component === 'sleeper'),
    );
    expect(told.text).toContain('the clock waits for it');
    expect((await held.state()).state).toBe('RUNNING');
    expect(linesIn(sleeper.out).length).toBeLessThan(whole.length);

    rmSync(stall);
    const finished = await held.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const expected = expectedLines(aegis, finished.id, ALL);
    for (const component of [sleeper, reader]) {
      expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
    }
  }, 240_000);

  it('does not hold up a stop, nor the end of its session', async () => {
    writeFileSync(stall, '');
    const session = await aegis.create(spec());
    const sleeper = await attach(aegis, session, { style: 'waits', name: 'sleeper', ...ALL, args: ['--stall', stall] });
    await session.start();
    const state = await session.waitFor(['RUNNING']);
    await until('rows wait for it', () => (statusOf(aegis, state)?.components?.[sleeper.id]?.lagRows ?? 0) > 0);
    expect(orchestrators(aegis)).toHaveLength(1);
    const began = performance.now();
    await session.stop();
    expect((await session.state()).outcome).toBe('stopped');
    await until('its orchestrator has ended', () => orchestrators(aegis).length === 0);
    expect(performance.now() - began).toBeLessThan(5_000);
    await session.shutdown();
    await session.ended();
    rmSync(stall);
  }, 240_000);
});

function orchestrators({ home }: TestAegis): string[] {
  return processesOf(home).filter((line) => line.includes('orchestrator/main'));
}
