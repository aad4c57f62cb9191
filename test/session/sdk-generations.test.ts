import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { componentLogPath } from '../../src/model/run-status.ts';
import type { Session } from '../../src/model/session.ts';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import {
  type Attached,
  attach,
  expectedLines,
  received,
  runToEnd,
  sample,
  spec,
  topicsOf,
} from '../support/session-run.ts';

/** Ten rows: the smallest data, in which a row lost at either end shows. */
const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };
const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['aggTrades', 'trades'] };
const CLIENTS = [
  ['waits for each ACK', { style: 'waits', ...TEN }],
  ['opens its data connection a second late', { style: 'waits', name: 'late', ...TEN, args: ['--data-delay', '1'] }],
  ['waits for nothing and half-closes its data socket', { style: 'pipelined', ...BOTH }],
  ['takes a fresh decoder for each message', { style: 'fresh_decoder', ...BOTH }],
] as const;
const WITHOUT_DATA = [
  ['never says INITIALIZING and READY', 'legacy'],
  ['waits for one ACK and has no data client', 'asyncio_sdk'],
] as const;

describe('one session with a component of each SDK generation', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let attached: Attached[];
  let first: Session;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: BOTH.symbols, trades: 10 });
    // The time that is granted to those without a data client.
    session = await aegis.create(spec({ dataGraceMs: 4_000 }));
    attached = [];
    for (const [, options] of CLIENTS) attached.push(await attach(aegis, session, options));
    for (const [, style] of WITHOUT_DATA) await attach(aegis, session, { style, ...TEN });
    first = await runToEnd(session);
  });
  afterAll(() => aegis?.close());

  it.each(CLIENTS.map(([what, options], index) => [what, options, index] as const))(
    'one that %s gets its own topics, whole and in order',
    async (_what, declared, index) => {
      const component = attached[index];
      if (component === undefined) throw new Error('it is not attached');
      const expected = expectedLines(aegis, first.id, declared);
      expect(expected).toHaveLength(declared.style === 'waits' ? 10 : 32);
      expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
      const seen = first.components.find(({ id }) => id === component.id);
      expect({ state: seen?.state, topics: seen?.topics }).toEqual({ state: 'RUNNING', topics: topicsOf(declared) });
    },
  );

  it.each(WITHOUT_DATA)('one that %s is RUNNING and does not hold the others up', async (_what, style) => {
    const seen = first.components.find(({ name }) => name === style);
    expect(seen).toMatchObject({ state: 'RUNNING', incarnation: 1, topics: ['trades.BTCUSDT'] });
    const events = await session.events();
    expect(events.filter(({ event, component }) => event === 'dataAbsent' && component === style)).toHaveLength(1);
  });

  it('starts those anew as processes that ignore REBORN, and every run is whole', async () => {
    const second = await runToEnd(session);
    const incarnations = Object.fromEntries(second.components.map(({ name, incarnation }) => [name, incarnation]));
    expect(incarnations).toEqual({ waits: 1, late: 1, pipelined: 1, fresh_decoder: 2, legacy: 2, asyncio_sdk: 2 });
    for (const [index, [, declared]] of CLIENTS.entries()) {
      const component = attached[index];
      if (component === undefined) throw new Error('it is not attached');
      const once = expectedLines(aegis, second.id, declared);
      const twice = [...once, ...once];
      expect(firstDifference(await received(component, twice), twice)).toBeUndefined();
      expect(second.summary?.components[component.id]).toEqual(first.summary?.components[component.id]);
    }
  }, 60_000);

  it('ends for good at SHUTDOWN: no component returns, no process is left', async () => {
    await session.shutdown();
    const ended = await session.ended();
    expect(ended.components.map(({ state }) => state)).toEqual(ended.components.map(() => 'SHUTDOWN'));
    expect(processesOf(aegis.home).filter((line) => line.includes('python'))).toEqual([]);
    const last = (name: string) =>
      JSON.parse(
        readFileSync(componentLogPath(aegis.home, session.name, name), 'utf8')
          .trimEnd()
          .split('\n')
          .at(-1) ?? '',
      );
    expect(last('waits')).toMatchObject({ end: 'shutdown', rows: 20, connections: 1 });
    expect(last('pipelined')).toMatchObject({ end: 'shutdown', rows: 64, connections: 1 });
  }, 60_000);
});
