import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { killNine } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { LiveComponent } from './live-component.ts';
import { expectUnbroken, type Row, rowOf } from './live-truth.ts';

const DAY_MS = 86_400_000;
const DECLARED = {
  symbols: ['BTCUSDT', 'ETHUSDT'],
  streams: ['trades', 'aggTrades', 'klines', 'status'],
  timeframes: ['1m'],
};
const WITH_KEYS = ['trades', 'aggTrades'].flatMap((type) => DECLARED.symbols.map((symbol) => `${type}.${symbol}`));
const KLINES = DECLARED.symbols.map((symbol) => `klines.${symbol}.1m`);

describe('a realtime session that begins with history', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  beforeAll(async () => {
    // Few trades, because a day has many seconds.
    exchange = await FakeExchange.start({ rate: 0.25, symbols: DECLARED.symbols, historyDays: 3 });
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

  async function started(from: number, declared = DECLARED): Promise<LiveComponent> {
    const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url, from });
    current = session;
    const component = await LiveComponent.attach(aegis, session, exchange, declared);
    await session.start();
    return component;
  }

  async function live(component: LiveComponent): Promise<void> {
    await until('every topic is live', () => liveMarks(component).length >= 4, 120_000);
    await component.caughtUp();
    await component.got(5);
  }

  function liveMarks({ rows }: LiveComponent): Row[] {
    return rows.filter(({ topic, json }) => topic.startsWith('status.') && json.includes('"kind":"live"'));
  }

  /** The first bar that closes, and the first trade that happens, at `from` or later. */
  async function expectFrom(component: LiveComponent, from: number): Promise<void> {
    const { topics } = component;
    for (const topic of [...WITH_KEYS, ...KLINES]) {
      const rows = topics.get(topic) ?? [];
      await expectUnbroken(exchange, rows);
      expect(rows[0]?.ts).toBeGreaterThanOrEqual(from);
      expect(rows[0]?.ts).toBeLessThan(from + 60_000);
    }
  }

  it('passes from archives over REST to live without a gap or a double row', async () => {
    const from = Math.floor(Date.now() / DAY_MS) * DAY_MS - 3 * 3_600_000;
    const component = await started(from);
    await live(component);
    await expectFrom(component, from);
    const { plan } = await runFile();
    expect(plan.topics.filter(({ tapes }) => tapes.length > 0).map(({ topic }) => topic)).toEqual(
      expect.arrayContaining([...WITH_KEYS, ...KLINES]),
    );
  }, 180_000);

  async function runFile(): Promise<{ plan: { topics: { topic: string; tapes: unknown[] }[] } }> {
    const state = await current?.state();
    if (state === undefined) throw new Error('no session');
    return JSON.parse(readFileSync(`${aegis.home}/runs/${state.name}/${state.id}-${state.run}/run.json`, 'utf8'));
  }

  it('rows of history come in the order of a historical session', async () => {
    const from = Date.now() - 4 * 3_600_000;
    const component = await started(from);
    await live(component);
    const rows = component.lines.map(rowOf);
    const warm = rows
      .slice(
        0,
        rows.findIndex(({ topic }) => topic.startsWith('status.')),
      )
      .map(({ ts }) => ts);
    expect(warm.length).toBeGreaterThan(1_000);
    // The last seconds before a topic is live are fetched topic by topic.
    const liveAt = liveMarks(component)[0]?.ts ?? 0;
    const merged = warm.filter((ts) => ts < liveAt - 30_000);
    expect(merged).toEqual([...merged].sort((a, b) => a - b));
    await expectFrom(component, from);
  }, 240_000);

  it('kill -9 of the orchestrator in the middle of the history: the same rows', async () => {
    const from = Math.floor(Date.now() / DAY_MS) * DAY_MS - 12 * 3_600_000;
    const component = await started(from);
    await until('history flows', () => component.lines.length > 5_000);
    killNine(aegis, 'orchestrator/main');
    await live(component);
    await expectFrom(component, from);
  }, 180_000);
});
