import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import {
  attach,
  expectedLines,
  killNine,
  linesIn,
  received,
  rowsTaken,
  runToEnd,
  sample,
  spec,
} from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ALL = { symbols: ['BTCUSDT'], streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const FEW = { symbols: ['ETHUSDT'], streams: ['trades'] };
/** 65,440 rows. */
const TRADES = 40_000;

describe('a component that fails', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: [...ALL.symbols, ...FEW.symbols], trades: TRADES });
  });
  afterAll(() => aegis?.close());

  it('killed by SIGKILL in the middle of a run: launched again, and the session reaches FINISHED', async () => {
    const session = await aegis.create(spec());
    const slow = await attach(aegis, session, { style: 'waits', name: 'slow', ...ALL, args: ['--rest', '0.005'] });
    const other = await attach(aegis, session, { style: 'pipelined', ...FEW });
    await session.start();
    await rowsTaken(aegis, session, 10_000);
    const before = linesIn(slow.out).length;
    killNine(aegis, slow.out);
    const { id, components } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    expect(components.map(({ name, incarnation, restarts }) => ({ name, incarnation, restarts }))).toEqual([
      { name: 'slow', incarnation: 2, restarts: 1 },
      { name: 'pipelined', incarnation: 1, restarts: 0 },
    ]);
    expect(components[0]?.lastExit?.reason).toBe('killed by SIGKILL');
    const few = expectedLines(aegis, id, FEW);
    expect(firstDifference(await received(other, few), few)).toBeUndefined();
    // What its first process had not read, if anything, is gone with it: the second one goes on behind that, up to the end.
    const all = expectedLines(aegis, id, ALL);
    const got = await until('the last row', () => linesIn(slow.out).at(-1) === all.at(-1) && linesIn(slow.out));
    expect(firstDifference(got.slice(0, before), all.slice(0, before))).toBeUndefined();
    const place = new Map(all.map((line, index) => [line, index]));
    const places = got.map((line) => place.get(line) ?? -1);
    const jumps = places.filter((each, index) => each !== (places[index - 1] ?? -1) + 1);
    expect(jumps.length).toBeLessThanOrEqual(1);
    expect(new Set(got).size).toBe(got.length);
  }, 240_000);

  it('that is optional does not fail the session', async () => {
    const session = await aegis.create(spec());
    const needed = await attach(aegis, session, { style: 'waits', ...FEW });
    const optional = { name: 'extra', required: false, restart: { policy: 'never' } } as const;
    const launch = { program: '/bin/sh', args: ['-c', 'exit 7'], cwd: aegis.home };
    await session.attach({ ...optional, launch });
    const { state, summary, components } = await runToEnd(session);
    expect(state).toBe('FINISHED');
    expect(summary?.components[needed.id]?.rows).toBe(TRADES);
    expect(components[1]).toMatchObject({ state: 'ERROR', lastExit: { code: 7, reason: 'exit code 7' } });
  });

  it.each([
    ['does not exist', 'nothing-here', 'does not exist', undefined],
    ['is not executable', 'notes.txt', 'is not executable', 0o600],
    ['ends at once', 'ends.sh', 'exit code 3', 0o700],
  ])('whose program %s fails the session with the reason', async (_what, file, reason, mode) => {
    const program = join(aegis.home, file);
    if (mode !== undefined) writeFileSync(program, '#!/bin/sh\nexit 3\n', { mode });
    const session = await aegis.create(spec());
    const restart = { policy: 'on-failure', limit: 1, backoffMs: 10 } as const;
    await session.attach({ name: 'broken', launch: { program, cwd: aegis.home }, restart });
    await expect(runToEnd(session)).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringContaining(reason),
    });
    expect((await session.state()).state).toBe('FAILED');
  });
});
