import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { expectedLines, linesIn, rowsTaken, runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { attachProgram, componentOf, LANGUAGES, numbered, summaryOf } from './stage.ts';

const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades'] };
const STYLES = [
  ...LANGUAGES.map((language) => ({ language, style: 'callback' })),
  { language: 'python', style: 'async' },
] as const;

describe('slow components on the SDKs', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: BOTH.symbols, trades: 2_000 });
  });
  afterAll(() => aegis?.close());

  it('are waited for at the end of each run: it has ended when they have handled every row', async () => {
    const session = await aegis.create(spec());
    const attached = [];
    for (const program of STYLES) {
      attached.push(await attachProgram(aegis, session, { ...program, ...BOTH, args: ['--rest', '0.2'] }));
    }
    const once = expectedLines(aegis, (await session.state()).id, BOTH);
    const rows = numbered(once);
    const all: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      await runToEnd(session);
      all.push(...rows);
      for (const { out, name } of attached) expect(firstDifference(linesIn(out), all), name).toBeUndefined();
    }
    await session.shutdown();
    const ended = await session.ended();
    const hash = independentHash(once);
    for (const component of attached) {
      const { name } = component;
      expect(summaryOf(aegis, session, name), name).toMatchObject({ reborn: 2, hashes: [hash, hash, hash] });
      expect(componentOf(ended, component), name).toMatchObject({ incarnation: 1, restarts: 0 });
    }
  }, 240_000);

  it('that are behind when a run is stopped take what was sent, and then the whole next run', async () => {
    const session = await aegis.create(spec());
    const attached = [];
    for (const program of STYLES) {
      attached.push(await attachProgram(aegis, session, { ...program, ...BOTH, args: ['--rest', '0.4'] }));
    }
    const rows = numbered(expectedLines(aegis, (await session.state()).id, BOTH));
    await session.start();
    await rowsTaken(aegis, session, 1_000);
    await session.stop();
    await session.waitFor(['FINISHED']);
    await runToEnd(session);
    for (const { out, name } of attached) {
      const lines = await until(`${name} has the last row`, () => linesIn(out).at(-1) === rows.at(-1) && linesIn(out));
      const sent = lines.length - rows.length;
      expect(sent, name).toBeGreaterThan(0);
      expect(firstDifference(lines, [...rows.slice(0, sent), ...rows]), name).toBeUndefined();
    }
  }, 240_000);
});
