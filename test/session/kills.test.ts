import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import {
  type Attached,
  attach,
  expectedLines,
  killNine,
  received,
  rowsTaken,
  sample,
  spec,
} from '../support/session-run.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ALL = { symbols: SYMBOLS, streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const SOME = { symbols: ['ETHUSDT'], streams: ['klines', 'trades'], timeframes: ['1m'] };
/** 100,320 rows: more than may be in flight. */
const TRADES = 20_000;
const KILL_AT = 15_000;

describe('kill -9 in the middle of a run', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  /** What each component must have got, and has in former runs. */
  let components: { readonly attached: Attached; readonly expected: readonly string[] }[];
  let runs = 0;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: SYMBOLS, trades: TRADES });
    session = await aegis.create(spec());
    const { id } = await session.state();
    // They say what they have received when they reconnect, as the SDKs of Aegis do; the first one reads slowly.
    const slow = { style: 'waits', args: ['--tell-received', '--rest', '0.006'] };
    const fast = { style: 'pipelined', args: ['--tell-received'] };
    components = [
      { attached: await attach(aegis, session, { ...slow, ...ALL }), expected: expectedLines(aegis, id, ALL) },
      { attached: await attach(aegis, session, { ...fast, ...SOME }), expected: expectedLines(aegis, id, SOME) },
    ];
  });
  afterAll(() => aegis?.close());

  it.each([
    ['nothing', undefined],
    ['the orchestrator', 'orchestrator/main.ts'],
    ['the data stream server', 'gateway/data/main.ts'],
  ])(
    'of %s: FINISHED, the same bytes and hashes',
    async (_what, victim) => {
      runs += 1;
      await session.start();
      if (victim !== undefined) {
        await rowsTaken(aegis, session, KILL_AT);
        killNine(aegis, victim);
      }
      const { summary } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
      for (const { attached, expected } of components) {
        const sofar = Array.from({ length: runs }, () => expected).flat();
        expect(firstDifference(await received(attached, sofar), sofar)).toBeUndefined();
        const { rows, hash } = summary?.components[attached.id] ?? {};
        expect({ rows, hash }).toEqual({ rows: expected.length, hash: independentHash(expected) });
      }
    },
    90_000,
  );
});
