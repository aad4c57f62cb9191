import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { linesIn, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { attachProgram, componentOf, LANGUAGES } from './stage.ts';

const TRADES = 24_000;
const DECLARED = { symbols: ['BTCUSDT'], streams: ['trades'] };
const FIRST = { size: 1 };
const SECOND = { size: 2 };
/** Seconds for each batch: rows still come when the operator has had two answers. */
const REST = '0.8';

/** A line of `programs/tune`. */
interface Told {
  readonly what: 'configure' | 'reconfigure' | 'begin' | 'rows';
  readonly rows?: number;
  readonly seq?: number;
  readonly config?: { readonly size: number };
}

describe.concurrent.each(LANGUAGES)(
  'an operator who configures a component on the %s SDK while rows flow',
  (language) => {
    let aegis: TestAegis;
    beforeAll(async () => {
      aegis = await startTestAegis();
      await sample(aegis, { symbols: DECLARED.symbols, trades: TRADES });
    }, 240_000);
    afterAll(() => aegis?.close());

    it('is told that it was taken, or why not; no row is lost, and each is handled with the configuration of its time', async () => {
      const session = await aegis.create(spec());
      const name = 'tuned';
      const more = { program: 'tune', config: FIRST, args: ['--rest', REST] };
      const component = await attachProgram(aegis, session, { language, name, ...DECLARED, ...more });
      const told = (): Told[] => linesIn(component.out).map((line) => JSON.parse(line));
      const batches = (): Told[] => told().filter(({ what }) => what === 'rows');
      await session.start();
      await until('rows flow', () => batches().length >= 1);

      expect(await session.configure(name, SECOND)).toMatchObject({ state: 'RUNNING', delivery: 'acknowledged' });
      await expect(session.configure(name, { size: 11 })).rejects.toMatchObject({
        code: 'CONFIG_REFUSED',
        message: expect.stringContaining('size: at most 10'),
      });
      const finished = await session.waitFor(['FINISHED'], { timeoutMs: 120_000 });

      const changes = told().filter(({ what }) => what === 'reconfigure');
      expect(changes.map(({ config }) => config)).toEqual([SECOND, { size: 11 }]);
      expect(told().filter(({ what }) => what === 'configure')).toHaveLength(1);
      // Every row once, in order, over both changes.
      const counted = batches().reduce((next, { seq, rows = 0 }) => (seq === next ? next + rows : Number.NaN), 0);
      expect(counted).toBe(TRADES);
      // Rows before the change and rows after it; the refused one has changed nothing.
      const sizes = batches().map(({ config }) => config?.size);
      expect([...new Set(sizes)]).toEqual([1, 2]);
      expect(sizes).toEqual(sizes.toSorted());
      const last = told().findLastIndex(({ what }) => what === 'reconfigure');
      expect(told().findLastIndex(({ what }) => what === 'rows')).toBeGreaterThan(last);
      expect(componentOf(finished, component)).toMatchObject({ config: SECOND, incarnation: 1, restarts: 0 });
      expect(finished.summary?.components[component.id]).toMatchObject({ rows: TRADES });
    }, 180_000);
  },
);
