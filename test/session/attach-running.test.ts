import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import type { StreamPlan } from '../../src/model/plan.ts';
import { runFolder } from '../../src/model/run-status.ts';
import type { Session } from '../../src/model/session.ts';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import {
  type Attached,
  attach,
  type Declaration,
  expectedLines,
  killNine,
  linesIn,
  received,
  sample,
  spec,
  statusOf,
} from '../support/session-run.ts';
import { until } from '../support/until.ts';

const BTC = { symbols: ['BTCUSDT'], streams: ['trades', 'klines'], timeframes: ['1m'] };
const ETH = { symbols: ['ETHUSDT'], streams: ['aggTrades', 'trades'] };
/** So slow that a run leaves time for what is done to it. */
const SLOWLY = ['--rest', '0.02'];

describe('a component that comes while the stream flows', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ['BTCUSDT', 'ETHUSDT'], trades: 50_000 });
  });
  afterAll(() => aegis?.close());

  let current: SessionHandle | undefined;
  afterEach(async () => {
    await current?.shutdown();
    await current?.ended();
  });

  /** While it exists the first component reads nothing, and the clock stands where the window ends. */
  function stallOf(session: SessionHandle): string {
    return join(aegis.home, `${session.name}.stall`);
  }

  function letFlow(session: SessionHandle): void {
    rmSync(stallOf(session));
  }

  async function running(): Promise<{ session: SessionHandle; first: Attached }> {
    const session = await aegis.create(spec());
    current = session;
    writeFileSync(stallOf(session), '');
    const args = ['--stall', stallOf(session)];
    const first = await attach(aegis, session, { style: 'waits', name: 'first', ...BTC, args });
    await session.start();
    const state = await session.waitFor(['RUNNING']);
    await until('rows are on their way', () => (statusOf(aegis, state)?.ts ?? 0) > 0);
    return { session, first };
  }

  async function expectUndisturbed(state: Session, first: Attached): Promise<void> {
    const expected = expectedLines(aegis, state.id, BTC);
    expect(firstDifference(await received(first, expected), expected)).toBeUndefined();
    expect(state.summary?.components[first.id]).toMatchObject({
      rows: expected.length,
      hash: independentHash(expected),
    });
  }

  /** What a component that joined must have: the rows of its topics from the moment on that the plan names. */
  function expectedSince(state: Session, id: string, declared: Declaration): string[] {
    const folder = runFolder(aegis.home, state.name, state.id, state.run);
    const plan: StreamPlan = JSON.parse(readFileSync(`${folder}/plan.json`, 'utf8'));
    const join = plan.joins?.find(({ components }) => components.includes(id));
    if (join === undefined) throw new Error(`${id} has not joined`);
    expect(join.ts).toBeGreaterThan(plan.from);
    return expectedLines(aegis, state.id, declared, { from: join.ts, to: plan.to });
  }

  async function toEnd(session: SessionHandle): Promise<Session> {
    letFlow(session);
    return session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
  }

  async function joined(session: SessionHandle): Promise<void> {
    await until('it has joined', async () => (await session.events()).some(({ event }) => event === 'joined'));
  }

  it('brings topics of its own into the stream; the one before it sees no seam', async () => {
    const { session, first } = await running();
    const second = await attach(aegis, session, { style: 'pipelined', name: 'second', ...ETH });
    await joined(session);
    const ended = await toEnd(session);
    await expectUndisturbed(ended, first);
    const expected = expectedSince(ended, second.id, ETH);
    expect(expected.length).toBeGreaterThan(1_000);
    expect(firstDifference(await received(second, expected), expected)).toBeUndefined();
    expect(ended.summary?.components[second.id]).toMatchObject({
      rows: expected.length,
      hash: independentHash(expected),
    });
    const events = await session.events();
    expect(events.find(({ event }) => event === 'joined')?.text).toMatch(
      /second: from row \d+ on, new topics aggTrades\.ETHUSDT/,
    );
  }, 240_000);

  it('takes part in topics that flow already, from where they are', async () => {
    const { session, first } = await running();
    const second = await attach(aegis, session, { style: 'waits', name: 'second', ...BTC });
    await joined(session);
    const ended = await toEnd(session);
    await expectUndisturbed(ended, first);
    const all = expectedLines(aegis, ended.id, BTC);
    const got = linesIn(second.out);
    expect(got.length).toBeGreaterThan(1_000);
    expect(got.length).toBeLessThan(all.length - 1_000);
    expect(firstDifference(got, all.slice(-got.length))).toBeUndefined();
  }, 240_000);

  it('survives kills of everything that carries the stream', async () => {
    const { session, first } = await running();
    const second = await attach(aegis, session, { style: 'waits', name: 'second', ...ETH, args: SLOWLY });
    await joined(session);
    letFlow(session);
    killNine(aegis, 'orchestrator/main');
    await until('it gets rows', () => linesIn(second.out).length > 500);
    killNine(aegis, 'gateway/data/main');
    const ended = await session.waitFor(['FINISHED'], { timeoutMs: 90_000 });
    const expected = expectedSince(ended, second.id, ETH);
    expect(ended.summary?.components[second.id]).toMatchObject({ hash: independentHash(expected) });
    expect(ended.summary?.components[first.id]).toMatchObject({
      hash: independentHash(expectedLines(aegis, ended.id, BTC)),
    });
  }, 240_000);

  it('is refused when there is no data for it or it cannot even start, and the others go on', async () => {
    const { session, first } = await running();
    await attach(aegis, session, { style: 'waits', name: 'second', symbols: ['XRPUSDT'], streams: ['trades'] });
    await session.attach({ name: 'broken', launch: { program: '/nonexistent/program', cwd: tmpdir() } });
    await until('it is refused', async () => (await session.events()).some(({ event }) => event === 'joinRefused'));
    const ended = await toEnd(session);
    await expectUndisturbed(ended, first);
    expect(ended.components.find(({ name }) => name === 'broken')).toMatchObject({ state: 'ERROR', wanted: false });
    const second = ended.components.find(({ name }) => name === 'second');
    expect(second).toMatchObject({ wanted: false, lastError: { code: 'DATA_MISSING' } });
    expect((await session.events()).find(({ event }) => event === 'joinRefused')?.text).toMatch(/XRPUSDT/);
  }, 240_000);

  it('takes part from the beginning in the next run', async () => {
    const { session } = await running();
    const second = await attach(aegis, session, { style: 'waits', name: 'second', ...ETH });
    await joined(session);
    await session.restart();
    letFlow(session);
    const ended = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const expected = expectedLines(aegis, ended.id, ETH);
    expect(ended.run).toBe(2);
    expect(ended.summary?.components[second.id]).toMatchObject({
      rows: expected.length,
      hash: independentHash(expected),
    });
  }, 240_000);

  it('may go again while the stream flows, and is told to', async () => {
    const { session, first } = await running();
    await attach(aegis, session, { style: 'waits', name: 'second', ...ETH, args: SLOWLY });
    await joined(session);
    await session.detach('second');
    await until(
      'its process is gone',
      () => !processesOf(aegis.home).some((line) => line.includes(`${session.name}.second.`)),
    );
    const ended = await toEnd(session);
    await expectUndisturbed(ended, first);
    expect(ended.components.map(({ name }) => name)).toEqual(['first']);
  }, 240_000);
});
