import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { type Attached, expectedLines, killNine, received, rowsTaken, sample, spec } from '../support/session-run.ts';
import { attachProgram, LANGUAGES, logOf, numbered, summaryOf } from './stage.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ALL = { symbols: SYMBOLS, streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
/** 100,320 rows: more than may be in flight. */
const TRADES = 20_000;
const KILL_AT = 15_000;
/** Seconds of work for each batch: the run must not be over before the kill. */
const REST = '0.05';
const STYLES = [
  ...LANGUAGES.map((language) => ({ language, style: 'callback' })),
  { language: 'python', style: 'async' },
] as const;

describe('components on the SDKs when something is killed with -9 in the middle of a run', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let attached: Attached[];
  let expected: string[];
  let runs = 0;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: SYMBOLS, trades: TRADES });
    session = await aegis.create(spec());
    attached = [];
    for (const program of STYLES) {
      attached.push(await attachProgram(aegis, session, { ...program, ...ALL, args: ['--rest', REST] }));
    }
    expected = expectedLines(aegis, (await session.state()).id, ALL);
  }, 240_000);
  afterAll(() => aegis?.close());

  async function begin(): Promise<void> {
    runs += 1;
    await session.start();
    await rowsTaken(aegis, session, KILL_AT);
  }

  async function expectWhole(): Promise<void> {
    const { summary, components } = await session.waitFor(['FINISHED'], { timeoutMs: 90_000 });
    const all = Array.from({ length: runs }, () => numbered(expected)).flat();
    const hash = independentHash(expected);
    for (const component of attached) {
      expect(firstDifference(await received(component, all), all), component.name).toBeUndefined();
      expect(summary?.components[component.id]).toMatchObject({ rows: expected.length, hash });
    }
    expect(components.map(({ incarnation }) => incarnation)).toEqual(attached.map(() => 1));
  }

  it('the data stream server: every row comes exactly once', async () => {
    await begin();
    killNine(aegis, 'gateway/data/main.ts');
    await expectWhole();
    for (const { name } of attached) {
      const opened = logOf(aegis, session, name).filter((line) => line.includes('"data stream open"'));
      expect(opened.length, name).toBeGreaterThanOrEqual(2);
    }
  }, 240_000);

  it('aegisd, with the control server and the processes of the run: the same rows, over a new control connection', async () => {
    await begin();
    killNine(aegis, ' aegisd');
    await aegis.restart();
    session = aegis.client.session(session.name);
    await expectWhole();
    for (const { name } of attached) {
      expect(logOf(aegis, session, name).some((line) => line.includes('"control connection lost"'))).toBe(true);
    }
  }, 240_000);

  it('and then each component ends as ever, and its own hash of both runs is that of the stream', async () => {
    await session.shutdown();
    await session.ended();
    const hash = independentHash(expected);
    for (const { name } of attached) {
      expect(summaryOf(aegis, session, name), name).toMatchObject({ reborn: runs - 1, hashes: [hash, hash] });
    }
  }, 240_000);
});
