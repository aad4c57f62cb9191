import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { type Attached, expectedLines, killNine, linesIn, rowsTaken, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { pythonWithPyarrow } from '../tape/pyarrow.ts';
import { attachProgram, logOf } from './stage.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const TRADES = 20_000;
const KILL_AT = 15_000;
/** Seconds of work for each batch: the run must not be over before the kill. */
const REST = '0.1';
const python = pythonWithPyarrow();

describe.skipIf(python === undefined)('columns of a session (needs python3 and the package pyarrow)', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  const attached: Attached[] = [];
  let lines: string[];
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: TRADES });
    session = await aegis.create(spec());
    attached.push(...(await attachBoth(session)));
    lines = expectedLines(aegis, (await session.state()).id, ALL);
  }, 240_000);
  afterAll(() => aegis?.close());

  async function attachBoth(to: SessionHandle): Promise<Attached[]> {
    const programs = [
      { language: 'python', style: 'hook', ...(python === undefined ? {} : { interpreter: python }) },
      { language: 'typescript', style: 'iterate' },
    ] as const;
    const options = { ...ALL, program: 'columns', args: ['--rest', REST], restart: { policy: 'on-failure' } } as const;
    const both: Attached[] = [];
    for (const program of programs) both.push(await attachProgram(aegis, to, { ...program, ...options }));
    return both;
  }

  /** What the programs write of a run. */
  function rowsOf(run: number): string[] {
    return lines.map((line, seq) => {
      const { topic, data } = JSON.parse(line);
      return JSON.stringify([seq, topic, data.quantity ?? null, run, false]);
    });
  }

  async function expectLines(expected: readonly string[]): Promise<void> {
    await session.waitFor(['FINISHED'], { timeoutMs: 90_000 });
    for (const { name, out } of attached) {
      await until(`${expected.length} lines of ${name}`, () => linesIn(out).length >= expected.length);
      const written = linesIn(out).map((line) => JSON.stringify(JSON.parse(line)));
      expect(firstDifference(written, [...expected]), name).toBeUndefined();
    }
  }

  it('come exactly once, in the order of the rows, when the data stream server is killed with -9', async () => {
    await session.start();
    await rowsTaken(aegis, session, KILL_AT);
    killNine(aegis, 'gateway/data/main.ts');
    await expectLines(rowsOf(1));
    for (const { name } of attached) {
      const opened = logOf(aegis, session, name).filter((line) => line.includes('"data stream open"'));
      expect(opened.length, name).toBeGreaterThanOrEqual(2);
    }
  }, 240_000);

  it('come again in the next run, when the orchestrator is killed with -9', async () => {
    await session.start();
    await rowsTaken(aegis, session, KILL_AT);
    killNine(aegis, 'orchestrator/main.ts');
    await expectLines([...rowsOf(1), '"reborn"', ...rowsOf(2)]);
    await session.shutdown();
    const { components } = await session.ended();
    expect(components.map(({ lastExit }) => lastExit?.reason)).toEqual(['exit code 0', 'exit code 0']);
  }, 240_000);

  it('go on with the first row that was not processed, when the components are killed with -9', async () => {
    const other = await aegis.create(spec());
    const both = await attachBoth(other);
    await other.start();
    await rowsTaken(aegis, other, KILL_AT);
    for (const { out } of both) killNine(aegis, out);
    await other.waitFor(['FINISHED'], { timeoutMs: 180_000 });
    const expected = expectedLines(aegis, (await other.state()).id, ALL).map((line, seq) => {
      const { topic, data } = JSON.parse(line);
      return JSON.stringify([seq, topic, data.quantity ?? null, 1]);
    });
    for (const { name, out } of both) {
      // Rows, and notes; a row that may have been processed before is marked.
      const rows = await until(`the last row of ${name}`, () => {
        const all = linesIn(out).flatMap((line): unknown[][] => (line.startsWith('[') ? [JSON.parse(line)] : []));
        return Number(all.at(-1)?.[0]) === expected.length - 1 && all;
      });
      const again = rows.findIndex((row) => row[4] === true);
      const [last, next] = [Number(rows[again - 1]?.[0]), Number(rows[again]?.[0])];
      console.log(`${name}: ${last + 1 - next} rows were processed twice`);
      expect(last + 1 - next, name).toBeGreaterThanOrEqual(0);
      const once = [...rows.slice(0, again).filter((row) => Number(row[0]) < next), ...rows.slice(again)];
      expect(
        firstDifference(
          once.map((row) => JSON.stringify(row.slice(0, 4))),
          expected,
        ),
        name,
      ).toBeUndefined();
    }
    await other.shutdown();
    const { components } = await other.ended();
    expect(components.map(({ incarnation }) => incarnation)).toEqual([2, 2]);
  }, 240_000);
});
