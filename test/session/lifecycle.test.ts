import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { attach, expectedLines, received, rowsTaken, runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const BTC = { symbols: ['BTCUSDT'], streams: ['trades', 'klines'], timeframes: ['1m'] };
const ETH = { symbols: ['ETHUSDT'], streams: ['trades', 'aggTrades'] };

describe('the life of a session', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ['BTCUSDT', 'ETHUSDT'], trades: 20_000 });
  });
  afterAll(() => aegis?.close());

  it('several sessions that start at once over archives that nobody has imported yet', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => aegis.create(spec())));
    const runs = sessions.map(async (session) => {
      const component = await attach(aegis, session, { style: 'waits', ...ETH });
      const { id } = await runToEnd(session);
      const expected = expectedLines(aegis, id, ETH);
      expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
    });
    await Promise.all(runs);
  }, 240_000);

  it('takes a component more, and one less, between two runs', async () => {
    const session = await aegis.create(spec());
    const stays = await attach(aegis, session, { style: 'waits', name: 'stays', ...BTC });
    await attach(aegis, session, { style: 'pipelined', name: 'goes', ...ETH });
    const first = await runToEnd(session);
    await session.detach('goes');
    const comes = await attach(aegis, session, { style: 'waits', name: 'comes', ...ETH });
    const second = await runToEnd(session);
    expect(Object.keys(second.summary?.components ?? {}).sort()).toEqual([stays.id, comes.id].sort());
    expect(second.summary?.components[stays.id]).toEqual(first.summary?.components[stays.id]);
    const expected = expectedLines(aegis, second.id, ETH);
    expect(firstDifference(await received(comes, expected), expected)).toBeUndefined();
    expect(processesOf(aegis.home).filter((line) => line.includes('--name goes'))).toEqual([]);
  }, 240_000);

  it('without any topic is over at once', async () => {
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', symbols: [], streams: [] });
    const { summary, outcome } = await runToEnd(session);
    expect({ rows: summary?.rows, outcome }).toEqual({ rows: 0, outcome: 'end-of-data' });
  });

  it('goes on without a component that ends of its own accord', async () => {
    const session = await aegis.create(spec());
    const slow = await attach(aegis, session, { style: 'waits', name: 'slow', ...BTC, args: ['--rest', '0.01'] });
    const leaver = await attach(aegis, session, { style: 'waits', name: 'leaver', ...ETH, args: ['--rows', '1000'] });
    const { id, components, summary } = await runToEnd(session);
    expect(components.find(({ name }) => name === 'leaver')).toMatchObject({
      state: 'SHUTDOWN',
      lastExit: { code: 0 },
    });
    expect(summary?.components[leaver.id]?.hash).toBeUndefined();
    const expected = expectedLines(aegis, id, BTC);
    expect(firstDifference(await received(slow, expected), expected)).toBeUndefined();
  }, 240_000);

  it('may be ended in the middle of a run, and its name be used again', async () => {
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'fresh_decoder', ...BTC });
    await attach(aegis, session, { style: 'waits', ...BTC, args: ['--rest', '0.01'] });
    await session.start();
    await rowsTaken(aegis, session, 1);
    await session.shutdown();
    const { state, id } = await session.ended();
    expect(state).toBe('SHUTDOWN');
    await until('everything of it is gone', () => !processesOf(aegis.home).some((line) => line.includes(session.name)));
    const again = await aegis.client.createSession(session.name, spec());
    const component = await attach(aegis, again, { style: 'waits', name: 'other', ...BTC });
    const second = await runToEnd(again);
    expect(second.id).not.toBe(id);
    expect(second.summary?.components[component.id]?.rows).toBe(expectedLines(aegis, second.id, BTC).length);
  }, 240_000);

  it('may be ended while it starts', async () => {
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', ...BTC });
    await session.start();
    await session.shutdown();
    expect((await session.ended()).state).toBe('SHUTDOWN');
    expect(processesOf(aegis.home).filter((line) => line.includes(session.name))).toEqual([]);
  }, 240_000);
});
