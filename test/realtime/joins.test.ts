import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { launchComponent } from '../support/component-program.ts';
import { independentHash } from '../support/independent.ts';
import { linesIn, tokenOf, topicsOf } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { LiveComponent } from './live-component.ts';
import { byTopic, expectUnbroken } from './live-truth.ts';

const BTC = { symbols: ['BTCUSDT'], streams: ['trades', 'aggTrades'] };
const ETH = { symbols: ['ETHUSDT'], streams: ['trades', 'aggTrades'] };

describe('a realtime session whose components change while it runs', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  let session: SessionHandle;
  let first: LiveComponent;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ rate: 100 });
    aegis = await startTestAegis();
    session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    first = await LiveComponent.attach(aegis, session, exchange, { name: 'first', ...BTC });
    await session.start();
    await first.got(200);
  });
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });
  afterEach(() => exchange.heal());

  async function told(event: string, times = 1): Promise<void> {
    await until(`${event} is told`, async () => {
      return (await session.events()).filter((entry) => entry.event === event).length >= times;
    });
  }

  async function expectWhole(component: LiveComponent): Promise<void> {
    await component.caughtUp();
    for (const rows of component.topics.values()) await expectUnbroken(exchange, rows);
  }

  /** Streams of all open connections. */
  function subscribed(): string[] {
    const open = exchange.stats.connections.filter(({ ended }) => ended === undefined);
    return open.flatMap(({ streams }) => streams).sort();
  }

  it('a new one with another symbol gets its rows at once; those before it see no seam', async () => {
    const connected = exchange.stats.connected;
    const second = await LiveComponent.attach(aegis, session, exchange, { name: 'second', ...ETH });
    await told('joined');
    const began = performance.now();
    await until('each of its topics has rows', () => topicsOf(ETH).every((topic) => second.topics.has(topic)));
    console.log(`rows of new topics ${Math.round(performance.now() - began)} ms after the join`);
    await second.got(200);
    await expectWhole(second);
    await expectWhole(first);
    expect(subscribed()).toEqual(['btcusdt@aggTrade', 'btcusdt@trade', 'ethusdt@aggTrade', 'ethusdt@trade']);
    expect(exchange.stats.connected).toBe(connected);
  });

  it('a new one with the same symbol begins where the stream is', async () => {
    const before = exchange.truth.last('BTCUSDT').tradeId;
    const third = await LiveComponent.attach(aegis, session, exchange, { name: 'third', ...BTC });
    await told('joined', 2);
    await third.got(200);
    await expectWhole(third);
    const [row] = third.topics.get('trades.BTCUSDT') ?? [];
    expect(JSON.parse(row?.json ?? '{}').id).toBeGreaterThan(before);
  });

  it('one that was detached has what nobody else wants unsubscribed, and nothing else', async () => {
    await session.detach('third');
    await session.detach('second');
    await until('its streams are left', () => subscribed().join() === 'btcusdt@aggTrade,btcusdt@trade');
    await first.got(200);
    await expectWhole(first);
  });

  it('topics that were left come again for the next one', async () => {
    const again = await LiveComponent.attach(aegis, session, exchange, { name: 'again', ...ETH });
    await told('joined', 3);
    await again.got(200);
    await expectWhole(again);
    await session.detach('again');
    await until('its streams are left', () => !subscribed().some((stream) => stream.startsWith('eth')));
  });

  it('one that ends for good leaves its streams, and hinders nobody who comes after it', async () => {
    const brief = {
      name: 'brief',
      ...ETH,
      required: false,
      restart: { policy: 'never' },
      args: ['--rows', '100'],
    } as const;
    await LiveComponent.attach(aegis, session, exchange, brief);
    await told('joined', 4);
    await until('its streams are left', () => !subscribed().some((stream) => stream.startsWith('eth')));
    const next = await LiveComponent.attach(aegis, session, exchange, { name: 'next', ...BTC });
    await told('joined', 5);
    await next.got(200);
    await expectWhole(next);
    await session.detach('brief');
  });

  it('one whose symbol the exchange does not have is refused, the others go on', async () => {
    const wrong = { name: 'wrong', symbols: ['NOPEUSDT'], streams: ['trades'] };
    await LiveComponent.attach(aegis, session, exchange, wrong);
    await told('joinRefused');
    const { components } = await session.state();
    expect(components.find(({ name }) => name === 'wrong')?.lastError).toMatchObject({ code: 'TOPIC_NOT_AVAILABLE' });
    await session.detach('wrong');
    await first.got(200);
    await expectWhole(first);
  });

  it('one that is started by hand takes part', async () => {
    const out = `${aegis.home}/by-hand.ndjson`;
    const program = launchComponent({
      program: 'waits',
      controlSocket: aegis.client.endpoints.controlSocket,
      token: await tokenOf(aegis, session),
      componentId: '',
      args: ['--out', out, '--name', 'mine', ...topicsArgs(ETH)],
    });
    try {
      await told('joined', 6);
      await until('it has rows', () => linesIn(out).length > 200);
      for (const rows of byTopic(linesIn(out)).values()) await expectUnbroken(exchange, rows);
      await session.detach('mine');
      expect(await program.ended).toMatchObject({ code: 0 });
      await until('its streams are left', () => !subscribed().some((stream) => stream.startsWith('eth')));
    } finally {
      program.kill('SIGKILL');
    }
  });

  it('a restart is a new run: everybody begins anew, with a stream of its own', async () => {
    const before = await session.state();
    const had = first.lines.length;
    await session.restart();
    await until('the next run', async () => (await session.state()).run === before.run + 1);
    await session.waitFor(['RUNNING']);
    await first.got(400);
    await session.stop();
    const { summary } = await until('the run is summed up', async () => {
      const state = await session.state();
      return state.summary !== undefined && state;
    });
    const { rows = 0, hash } = summary?.components[first.id] ?? {};
    const { lines } = first;
    const start = lines.length - rows;
    expect(rows).toBeGreaterThan(200);
    expect(start).toBeGreaterThanOrEqual(had);
    expect(hash).toBe(independentHash(lines.slice(start)));
    for (const run of [lines.slice(0, start), lines.slice(start)]) {
      for (const each of byTopic(run).values()) await expectUnbroken(exchange, each);
    }
    expect(Object.keys(summary?.components ?? {})).toHaveLength(before.components.length);
  }, 240_000);
});
