import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { attach, linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { byTopic, expectUnbroken } from './live-truth.ts';

const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades'] };

describe('a realtime session', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ rate: 200 });
    aegis = await startTestAegis();
  });
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });

  let current: SessionHandle | undefined;
  afterEach(async () => {
    await current?.shutdown();
    await current?.ended();
  });

  it('gives a component what happens on the market: every row, once, in order', async () => {
    const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    current = session;
    const component = await attach(aegis, session, { style: 'waits', ...BOTH });
    await session.start();
    await session.waitFor(['RUNNING']);
    await until('some thousand rows', () => linesIn(component.out).length > 2_000);
    await session.stop();
    const ended = await session.waitFor(['FINISHED']);
    const summary = await until('the run is summed up', async () => (await session.state()).summary);
    const lines = linesIn(component.out);
    const topics = byTopic(lines);
    expect([...topics.keys()].sort()).toEqual([
      'aggTrades.BTCUSDT',
      'aggTrades.ETHUSDT',
      'trades.BTCUSDT',
      'trades.ETHUSDT',
    ]);
    for (const rows of topics.values()) await expectUnbroken(exchange, rows);
    expect(ended.outcome).toBe('stopped');
    expect(summary.components[component.id]).toMatchObject({ rows: lines.length, hash: independentHash(lines) });
  });
});
