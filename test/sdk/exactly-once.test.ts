import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { type Attached, expectedLines, linesIn, received, sample, spec } from '../support/session-run.ts';
import { killWhen, toldBy, toldNow } from './killed-program.ts';
import { command, LANGUAGES, numbered } from './stage.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], streams: ['trades', 'aggTrades'] };
/** 57,600 rows: more than may be in flight. */
const TRADES = 12_000;
const KILLS = 5;
const RESTART = { policy: 'on-failure', limit: 10, backoffMs: 100 } as const;

describe('components on the SDKs that leave their position to Aegis, killed with -9', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: TRADES });
  }, 240_000);
  afterAll(() => aegis?.close());

  it('go on after the rows that they had handled: none is missing, and those that come again say so', async () => {
    const session = await aegis.create(spec());
    const expected = numbered(expectedLines(aegis, (await session.state()).id, ALL));
    const attached: Attached[] = [];
    for (const language of LANGUAGES) {
      const out = `${aegis.home}/${language}.ndjson`;
      const args = [...topicsArgs(ALL), '--out', out, '--rest', '0.08', '--forget'];
      const launch = { ...command(language, args, 'once'), cwd: aegis.home };
      attached.push({ ...(await session.attach({ name: language, launch, restart: RESTART })), out });
    }
    await session.start();
    await Promise.all(
      attached.map(async ({ name }) => {
        for (const rows of [15_000, 35_000]) await killWhen(aegis, session, name, (told) => (told.rows ?? 0) >= rows);
      }),
    );
    await session.waitFor(['FINISHED'], { timeoutMs: 120_000 });
    for (const { name, out } of attached) {
      const lines = linesIn(out);
      expect(firstDifference([...new Set(lines)], expected), name).toBeUndefined();
      // More than one run of the stream only by what said that it comes again.
      const told = toldBy(aegis, session, name);
      const again = told.reduce((sum, { replayed, count = 0 }) => sum + (replayed === true ? count : 0), 0);
      expect(again, name).toBeGreaterThanOrEqual(lines.length - expected.length);
    }
  }, 180_000);
});

describe('components on the SDKs that store their position with their output, killed with -9 in two runs', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let expected: string[];
  const attached: Attached[] = [];
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: TRADES });
    session = await aegis.create(spec());
    expected = expectedLines(aegis, (await session.state()).id, ALL);
    for (const language of LANGUAGES) {
      const out = `${aegis.home}/${language}.ndjson`;
      const args = [...topicsArgs(ALL), '--out', out, '--rest', '0.08'];
      const launch = { ...command(language, args, 'once'), cwd: aegis.home };
      attached.push({ ...(await session.attach({ name: language, launch, restart: RESTART })), out });
    }
  }, 240_000);
  afterAll(() => aegis?.close());

  it.each([1, 2])(
    `run %s: every row is in the output exactly once, over ${KILLS} kills`,
    async (number) => {
      const { run } = await session.start();
      expect(run).toBe(number);
      await Promise.all(
        attached.map(async ({ name }) => {
          for (let count = 1; count <= KILLS; count += 1) {
            const rows = (count * expected.length) / (KILLS + 1);
            await killWhen(aegis, session, name, (told) => told.run === run && (told.rows ?? 0) >= rows);
          }
        }),
      );
      const { summary } = await session.waitFor(['FINISHED'], { timeoutMs: 120_000 });
      const all = Array.from({ length: run }, () => numbered(expected)).flat();
      for (const component of attached) {
        expect(firstDifference(await received(component, all), all), component.name).toBeUndefined();
        const hash = independentHash(expected);
        expect(summary?.components[component.id]).toMatchObject({ rows: expected.length, hash });
        expect(toldNow(aegis, session, component.name).at(-1)?.rows, component.name).toBe(expected.length);
      }
    },
    180_000,
  );
});
