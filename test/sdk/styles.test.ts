import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { type Attached, expectedLines, linesIn, runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { attachProgram, componentOf, contents, type Language, numbered, summaryOf } from './stage.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['klines', 'trades', 'aggTrades'], timeframes: ['1m'] };
const CONFIG = { threshold: 0.5, note: 'nützlich' };
/** `lines`: the program writes the bytes that it got; `rows`: what it got parsed. */
const STYLES: readonly (readonly [Language, string, 'lines' | 'rows'])[] = [
  ['python', 'callback', 'lines'],
  ['python', 'callback-row', 'rows'],
  ['python', 'rows', 'rows'],
  ['python', 'batches', 'lines'],
  ['python', 'async', 'lines'],
  ['python', 'async-row', 'rows'],
  ['python', 'async-rows', 'rows'],
  ['typescript', 'callback', 'lines'],
  ['typescript', 'callback-row', 'rows'],
  ['typescript', 'rows', 'rows'],
  ['typescript', 'batches', 'lines'],
];

describe('a session of components on the SDKs, one of each style', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  const attached = new Map<string, Attached>();
  let expected: string[];
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: 2_000 });
    session = await aegis.create(spec());
    for (const [language, style] of STYLES) {
      const component = await attachProgram(aegis, session, { language, style, ...ALL, config: CONFIG });
      attached.set(component.name, component);
    }
    expected = expectedLines(aegis, (await session.state()).id, ALL);
  }, 240_000);
  afterAll(() => aegis?.close());

  async function expectRuns(runs: number): Promise<void> {
    const all = Array.from({ length: runs }, () => numbered(expected)).flat();
    for (const [language, style, form] of STYLES) {
      const { out, name } = attached.get(`${language}-${style}`) ?? { out: '', name: '' };
      await until(`${name} has written ${all.length} rows`, () => linesIn(out).length >= all.length);
      const wanted = form === 'lines' ? all : contents(all);
      const got = form === 'lines' ? linesIn(out) : contents(linesIn(out));
      expect(firstDifference(got, wanted), name).toBeUndefined();
    }
  }

  it('each gets the exact stream', async () => {
    const { summary } = await runToEnd(session);
    await expectRuns(1);
    const hash = independentHash(expected);
    for (const { id } of attached.values()) {
      expect(summary?.components[id]).toMatchObject({ rows: expected.length, hash });
    }
  }, 240_000);

  it('each acknowledges REBORN and gets the stream again, without a new process', async () => {
    const again = await runToEnd(session);
    expect(again.run).toBe(2);
    await expectRuns(2);
    expect(again.components.map(({ incarnation }) => incarnation)).toEqual(STYLES.map(() => 1));
  }, 240_000);

  it('each ends with on_stop and exit code 0 at SHUTDOWN, and knows the hash of each run', async () => {
    await session.shutdown();
    const ended = await session.ended();
    const hash = independentHash(expected);
    for (const component of attached.values()) {
      const { state, lastExit } = componentOf(ended, component);
      expect({ name: component.name, state, exit: lastExit?.reason }).toEqual({
        name: component.name,
        state: 'SHUTDOWN',
        exit: 'exit code 0',
      });
      expect(summaryOf(aegis, session, component.name), component.name).toEqual({
        rows: 2 * expected.length,
        config: CONFIG,
        reborn: 1,
        hashes: [hash, hash],
      });
    }
  }, 240_000);
});
