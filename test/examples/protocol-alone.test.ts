import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import type { ComponentSpec, Session } from '../../src/model/session.ts';
import { componentOf, logOf } from '../sdk/stage.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { type Attached, attach, expectedLines, killNine, runToEnd, sample, spec } from '../support/session-run.ts';
import { build, hasToolchain, type Toolchain } from '../support/toolchains.ts';
import { until } from '../support/until.ts';
import { type Result, resultOf, resultsIn } from './result.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
/** What the examples declare. */
const DECLARED = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['klines', 'trades'], timeframes: ['1m'] };
/** 52,880 rows: far more than the 16 slices that may be in flight. */
const TRADES = 25_000;
/** What the slowest component has taken when something is killed: some 1,000 rows. */
const KILL_AT_BYTES = 200_000;
const LANGUAGES = [
  { toolchain: 'go', name: 'counter' },
  { toolchain: 'rust', name: 'counter' },
  { toolchain: 'java', name: 'Counter' },
] as const;
const PRESENT = LANGUAGES.filter(({ toolchain }) => hasToolchain(toolchain));

describe.skipIf(PRESENT.length === 0)('the examples against the protocol alone (needs Go, Rust or a JDK)', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let folder: string;
  let expected: Result;
  let hash: string;
  let holder: Attached;
  let runs: Session[];
  let ended: Session;
  const attached = new Map<Toolchain, ComponentSpec>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-examples-'));
    aegis = await startTestAegis();
    await sample(aegis, { symbols: DECLARED.symbols, trades: TRADES });
    session = await aegis.create(spec());
    const lines = expectedLines(aegis, (await session.state()).id, DECLARED);
    expected = resultOf(lines);
    hash = independentHash(lines);
    for (const language of PRESENT) await attachExample(language);
    const args = ['--rest', '0.02', '--stall', stallFile()];
    holder = await attach(aegis, session, { style: 'waits', name: 'holder', ...DECLARED, args });

    runs = [await runToEnd(session)];
    runs.push(await disturbedRun(() => void killNine(aegis, 'gateway/data/main.ts')));
    runs.push(await disturbedRun(killExamples));
    await session.shutdown();
    ended = await session.ended();
  }, 240_000);

  afterAll(async () => {
    await aegis?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function attachExample({ toolchain, name }: (typeof LANGUAGES)[number]): Promise<void> {
    const out = mkdtempSync(join(folder, `${toolchain}-`));
    const started = performance.now();
    const { program, args } = await build({ toolchain, name, source: join(EXAMPLES, toolchain), folder: out });
    process.stderr.write(`example in ${toolchain}: built in ${Math.round(performance.now() - started)} ms\n`);
    const launch = { program, args: [...args], cwd: folder };
    attached.set(toolchain, await session.attach({ name: toolchain, launch }));
  }

  /** While it exists the holder reads nothing, so the clock stands still in the middle of the run. */
  function stallFile(): string {
    return join(folder, 'stall');
  }

  async function disturbedRun(disturb: () => void): Promise<Session> {
    const before = statSync(holder.out).size;
    await session.start();
    await until('the run has begun', () => statSync(holder.out).size >= before + KILL_AT_BYTES);
    writeFileSync(stallFile(), '');
    disturb();
    rmSync(stallFile());
    return session.waitFor(['FINISHED'], { timeoutMs: 90_000 });
  }

  /** All at once: the clock waits until each is back and has rebuilt what it had. */
  function killExamples(): void {
    for (const { toolchain } of PRESENT) killNine(aegis, join(folder, `${toolchain}-`));
  }

  function componentIn(now: Session, toolchain: Toolchain): Session['components'][number] {
    return componentOf(now, { id: attached.get(toolchain)?.id ?? '' });
  }

  describe.each(LANGUAGES)('in $toolchain', ({ toolchain }) => {
    const present = hasToolchain(toolchain);
    const log = () => logOf(aegis, session, toolchain);

    it.skipIf(!present)(`gets every row in order, and prints the right result (needs the toolchain)`, () => {
      expect(resultsIn(log())[0]).toEqual(expected);
    });

    it.skipIf(!present)('goes on at its position when the data stream server is killed (needs the toolchain)', () => {
      expect(resultsIn(log())[1]).toEqual(expected);
      expect(runs[1]?.summary?.components[componentIn(ended, toolchain).id]).toMatchObject({ hash });
    });

    it.skipIf(!present)(
      'killed in the middle of a run it rebuilds its result from the start (needs the toolchain)',
      () => {
        expect(resultsIn(log())[2]).toEqual(expected);
        expect(componentIn(ended, toolchain)).toMatchObject({ incarnation: 2, restarts: 1 });
      },
    );

    it.skipIf(!present)('ends at SHUTDOWN with exit code 0 (needs the toolchain)', () => {
      expect(resultsIn(log())).toHaveLength(3);
      expect(componentIn(ended, toolchain).lastExit?.reason).toBe('exit code 0');
    });
  });
});
