import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { expectedLines, linesIn, runToEnd, sample, spec } from '../support/session-run.ts';
import { attachProgram, componentOf, LANGUAGES, numbered, summaryOf } from './stage.ts';

const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades'] };
const STYLES = LANGUAGES.map((language) => ({ language, style: 'callback' }) as const);

/** A run has ended when the kernel has taken its last row: a slow component is then still at work. */
describe('slow components on the SDKs', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: BOTH.symbols, trades: 2_000 });
  });
  afterAll(() => aegis?.close());

  it('that are behind when the next run begins and when the session ends get every row of the right run', async () => {
    const session = await aegis.create(spec());
    const attached = [];
    for (const program of [...STYLES, { language: 'python', style: 'async' } as const]) {
      attached.push(await attachProgram(aegis, session, { ...program, ...BOTH, args: ['--rest', '0.2'] }));
    }
    for (let run = 0; run < 3; run += 1) await runToEnd(session);
    await session.shutdown();
    const ended = await session.ended();
    const once = expectedLines(aegis, ended.id, BOTH);
    const hash = independentHash(once);
    const rows = numbered(once);
    for (const component of attached) {
      const { name, out } = component;
      expect(firstDifference(linesIn(out), [...rows, ...rows, ...rows]), name).toBeUndefined();
      expect(summaryOf(aegis, session, name), name).toMatchObject({ reborn: 2, hashes: [hash, hash, hash] });
      expect(componentOf(ended, component), name).toMatchObject({ incarnation: 1, restarts: 0 });
    }
  }, 90_000);
});
