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
    const programs = [
      { language: 'python', style: 'hook', ...(python === undefined ? {} : { interpreter: python }) },
      { language: 'typescript', style: 'iterate' },
    ] as const;
    const options = { ...ALL, program: 'columns', args: ['--rest', REST], restart: { policy: 'on-failure' } } as const;
    for (const program of programs) attached.push(await attachProgram(aegis, session, { ...program, ...options }));
    lines = expectedLines(aegis, (await session.state()).id, ALL);
  }, 240_000);
  afterAll(() => aegis?.close());

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
});
