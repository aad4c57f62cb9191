import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { readEndpoints } from '../../src/servers/endpoints.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { type Attached, attach, killNine, linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { byTopic, expectUnbroken, keysOf, rowOf } from './live-truth.ts';

const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades'] };

/** What is killed, by a part of its command line. */
const VICTIMS = {
  orchestrator: ['orchestrator/main'],
  'data stream server': ['gateway/data/main'],
  'nats-server': ['nats-server'],
  'orchestrator and data stream server': ['orchestrator/main', 'gateway/data/main'],
  'orchestrator, nats-server and data stream server': ['orchestrator/main', 'nats-server', 'gateway/data/main'],
} as const;

describe('a realtime session of which something is killed', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  let session: SessionHandle;
  let component: Attached;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ rate: 200 });
    aegis = await startTestAegis({ servers: 'own' });
    session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    component = await attach(aegis, session, { style: 'waits', ...BOTH, args: ['--tell-received'] });
    await session.start();
    await rowsOf(1_000);
  }, 240_000);
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });

  async function rowsOf(more: number): Promise<void> {
    const have = linesIn(component.out).length;
    await until(`${more} more rows`, () => linesIn(component.out).length >= have + more, 120_000);
  }

  /** Every topic has come as far as the exchange was at this moment. */
  async function caughtUp(): Promise<void> {
    const wanted = BOTH.symbols.map((symbol) => ({ symbol, ...exchange.truth.last(symbol) }));
    await until(
      'all topics have come this far',
      () => {
        const topics = byTopic(linesIn(component.out).slice(-4_000));
        return wanted.every(({ symbol, tradeId, aggTradeId }) => {
          const lastOf = (type: string) => keysOf(topics.get(`${type}.${symbol}`)?.slice(-1) ?? [])[0] ?? 0;
          return lastOf('trades') >= tradeId && lastOf('aggTrades') >= aggTradeId;
        });
      },
      120_000,
    );
  }

  async function expectWhole(before: number, killedAt: number): Promise<void> {
    await until('rows come again', () => linesIn(component.out).length > before + 100, 120_000);
    console.log(`rows again ${Math.round(performance.now() - killedAt)} ms after the kill`);
    await caughtUp();
    for (const rows of byTopic(linesIn(component.out)).values()) await expectUnbroken(exchange, rows);
  }

  it.each(Object.entries(VICTIMS))(
    '%s: nothing is lost, nothing comes twice',
    async (_name, victims) => {
      for (const victim of victims) killNine(aegis, victim);
      const killedAt = performance.now();
      await expectWhole(linesIn(component.out).length, killedAt);
    },
    120_000,
  );

  it('aegisd with all that it runs: nothing is lost, nothing comes twice', async () => {
    const { pid } = (await readEndpoints(aegis.home)) ?? {};
    if (pid === undefined) throw new Error('aegisd does not run');
    process.kill(pid, 'SIGKILL');
    const killedAt = performance.now();
    const before = linesIn(component.out).length;
    await aegis.restart();
    await expectWhole(before, killedAt);
  }, 240_000);

  it('has given the component the stream that it says it has given', async () => {
    const handle = aegis.client.session(session.name);
    await handle.stop();
    const summary = await until('the run is summed up', async () => (await handle.state()).summary, 120_000);
    const lines = linesIn(component.out);
    expect(rowOf(lines[0] ?? '').topic).not.toBe('');
    expect(summary.components[component.id]).toMatchObject({ rows: lines.length, hash: independentHash(lines) });
  }, 240_000);
});
