import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { recordingOf } from '../../src/client/recordings.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { attachProgram } from '../sdk/stage.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { type Attached, attach, killNine, linesIn, received } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const DECLARED = {
  symbols: ['BTCUSDT', 'ETHUSDT'],
  streams: ['trades', 'aggTrades', 'klines', 'klineUpdates', 'orderBook', 'status'],
  timeframes: ['1s'],
};

describe('a recording of a realtime session', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  let lines: string[];
  let hash: string | undefined;
  let live: SessionHandle;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ rate: 100 });
    aegis = await startTestAegis();
    live = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    const component = await attach(aegis, live, { style: 'waits', ...DECLARED, args: ['--tell-received'] });
    await live.start();
    await gets(component, 1_500);
    exchange.misbehave({ kind: 'disconnect' });
    killNine(aegis, 'orchestrator/main');
    await gets(component, 1_500);
    await live.stop();
    const summary = await until('the run is summed up', async () => (await live.state()).summary, 120_000);
    hash = summary.components[component.id]?.hash;
    lines = linesIn(component.out);
    await live.shutdown();
    await live.ended();
  }, 240_000);
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });

  async function gets(component: Attached, more: number): Promise<void> {
    const have = linesIn(component.out).length;
    await until(`${more} more rows`, () => linesIn(component.out).length >= have + more, 120_000);
  }

  it('is replayed by a historical session: the same bytes, the same stream hash', async () => {
    const { from, to, ...recording } = recordingOf(aegis.home, live.name);
    const replay = await aegis.create({ mode: 'historical', market: 'spot', from, to, recording });
    const component = await attach(aegis, replay, { style: 'waits', ...DECLARED });
    await replay.start();
    const { summary } = await replay.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    expect(firstDifference(await received(component, lines), lines)).toBeUndefined();
    expect(summary?.components[component.id]?.hash).toBe(hash);
    expect(hash).toBe(independentHash(lines));
  }, 240_000);

  it('can be replayed in part: a component gets the rows of its topics', async () => {
    const { from, to, ...recording } = recordingOf(aegis.home, `${live.name}/1`);
    const replay = await aegis.create({ mode: 'historical', market: 'spot', from, to, recording });
    const declared = { symbols: ['ETHUSDT'], streams: ['aggTrades', 'orderBook'] };
    const component = await attach(aegis, replay, { style: 'waits', ...declared });
    await replay.start();
    await replay.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const { id } = await replay.state();
    const wanted = lines.filter((line) => /\.(aggTrades|orderBook)\.ETHUSDT[."]/.test(line.slice(0, 120)));
    const expected = wanted.map((line) => line.replaceAll(recording.sessionId, id));
    expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
  }, 240_000);

  it('is replayed to a component that takes columns: the same rows', async () => {
    const { from, to, ...recording } = recordingOf(aegis.home, live.name);
    const replay = await aegis.create({ mode: 'historical', market: 'spot', from, to, recording });
    const declared = {
      symbols: ['BTCUSDT', 'ETHUSDT'],
      streams: ['trades', 'aggTrades', 'klines'],
      timeframes: ['1s'],
    };
    const columns = { language: 'typescript', program: 'columns', style: 'iterate', ...declared } as const;
    const component = await attachProgram(aegis, replay, columns);
    await replay.start();
    await replay.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const { id } = await replay.state();
    const wanted = lines.filter((line) => /\.(trades|aggTrades|klines)\.[A-Z]+[."]/.test(line.slice(0, 120)));
    const expected = wanted.map((line, seq) => {
      const { topic, data } = JSON.parse(line.replaceAll(recording.sessionId, id));
      return JSON.stringify([seq, topic, data.quantity ?? null, 1, false]);
    });
    expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
  }, 240_000);

  it('lacks what nobody wanted: the start is refused with the topic', async () => {
    const { from, to, ...recording } = recordingOf(aegis.home, live.name);
    const replay = await aegis.create({ mode: 'historical', market: 'spot', from, to, recording });
    await attach(aegis, replay, { style: 'waits', symbols: ['SOLUSDT'], streams: ['trades'] });
    await replay.start();
    const refused = await until('the start is refused', async () => (await replay.state()).failure);
    expect(refused).toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining('trades.SOLUSDT') });
  }, 240_000);
});
