import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { ComponentSpec, Session } from '../../src/model/session.ts';
import { fullTopic } from '../../src/model/topic.ts';
import { pasteExamples } from '../sdk/examples.ts';
import { killWhen, toldNow } from '../sdk/killed-program.ts';
import { command, componentOf, LANGUAGES, logOf, python } from '../sdk/stage.ts';
import { startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import {
  type Attached,
  attach,
  type Declaration,
  killNine,
  linesIn,
  runToEnd,
  sample,
  spec,
  topicsOf,
} from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ALL: Declaration = { symbols: SYMBOLS, streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const TWO = SYMBOLS.slice(0, 2);
const CANDLES: Declaration = { symbols: TWO, streams: ['trades', 'klines'], timeframes: ['1m'] };

interface Example {
  readonly declares: Declaration;
  /** What it says in the end, of the rows that it must have got. */
  readonly says: (lines: readonly string[]) => object;
}

const candlesOf = (lines: readonly string[]) => ({
  candles: lines.filter((line) => line.includes('.klines.')).length,
});
const tradesOf = (lines: readonly string[]) => ({ trades: lines.length });
const countOf = (lines: readonly string[]) => ({
  rows: lines.length,
  sha256: createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex'),
});
const TRADES: Declaration = { symbols: TWO, streams: ['trades'] };
const ONE: Declaration = { symbols: ['BTCUSDT'], streams: ['klines'], timeframes: ['1m'] };

/** Of docs/sdk.md, and of the folder examples. */
const PASTED: Readonly<Record<string, Example>> = {
  'momentum.py': { declares: CANDLES, says: candlesOf },
  'momentum.ts': { declares: CANDLES, says: candlesOf },
  'loop.py': { declares: ONE, says: candlesOf },
  'loop.ts': { declares: ONE, says: candlesOf },
  'async_loop.py': { declares: TRADES, says: tradesOf },
  'ledger.py': { declares: TRADES, says: tradesOf },
};
const COUNTERS: Readonly<Record<string, Example>> = {
  'examples/python/counter.py': { declares: CANDLES, says: countOf },
  'examples/typescript/counter.ts': { declares: ALL, says: countOf },
};
const EXAMPLES = { ...PASTED, ...COUNTERS };

/** Names of components have neither dots nor slashes. */
const nameOf = (program: string): string => program.replaceAll(/[./]/g, '-');

describe('the same component binaries in a historical and in a realtime session', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-live-sdk-'));
    pasteExamples(folder);
    installTypeScript();
    exchange = await FakeExchange.start({ symbols: SYMBOLS, rate: 2, speed: 20 });
    aegis = await startTestAegis();
  });
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As the package, but for the build: Node strips types outside of `node_modules` only, and sees through the link. */
  function installTypeScript(): void {
    const at = join(folder, 'node_modules/@aegis/sdk');
    mkdirSync(at, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(at, 'package.json'), '{ "type": "module", "exports": "./src/index.ts" }');
    symlinkSync(join(ROOT, 'sdk/typescript/src'), join(at, 'src'));
  }

  async function attachExamples(session: SessionHandle): Promise<Map<string, ComponentSpec>> {
    const attached = new Map<string, ComponentSpec>();
    const store = join(folder, `${session.name}.db`);
    for (const program of Object.keys(EXAMPLES)) {
      const path = program in PASTED ? join(folder, program) : join(ROOT, program);
      const interpreter = program.endsWith('.py') ? python() : process.execPath;
      const env = { PYTHONPATH: join(ROOT, 'sdk/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
      const said = 'echo "mode $AEGIS_MODE"; exec "$@"';
      const launch = { program: '/bin/sh', args: ['-c', said, 'sh', interpreter, path], cwd: folder, env };
      const restart = { policy: 'on-failure' } as const;
      const component = await session.attach({ name: nameOf(program), launch, restart, config: { store } });
      attached.set(program, component);
    }
    return attached;
  }

  /** The rows that a declaration must have got, from those of a component that got all. */
  function rowsFor(declared: Declaration, all: Attached, { id }: Session): string[] {
    const topics = new Set(topicsOf(declared).map((topic) => fullTopic(id, topic)));
    return linesIn(all.out).filter((line) => topics.has(/"topic":"([^"]+)"/.exec(line)?.[1] ?? ''));
  }

  async function expectAll(session: SessionHandle, attached: ReadonlyMap<string, ComponentSpec>, all: Attached) {
    const { mode } = (await session.state()).spec;
    await session.shutdown();
    const ended = await session.ended();
    for (const [program, { declares, says }] of Object.entries(EXAMPLES)) {
      const component = attached.get(program);
      if (component === undefined) throw new Error(`${program} is not attached`);
      const lines = rowsFor(declares, all, ended);
      expect(lines.length, program).toBeGreaterThan(2);
      const log = logOf(aegis, session, nameOf(program));
      expect(log, program).toContain(`mode ${mode}`);
      const done = log.findLast((line) => line.includes('"done"') || line.includes('"sha256"')) ?? '{}';
      expect(JSON.parse(done), program).toMatchObject(says(lines));
      expect(componentOf(ended, component).lastExit?.reason, program).toBe('exit code 0');
      const { rows, hash } = ended.summary?.components[component.id] ?? {};
      expect({ rows, hash }, program).toEqual({ rows: lines.length, hash: independentHash(lines) });
    }
  }

  it('in the historical one', async () => {
    await sample(aegis, { symbols: SYMBOLS, trades: 100 });
    const session = await aegis.create(spec());
    const attached = await attachExamples(session);
    const all = await attach(aegis, session, { style: 'waits', name: 'all', ...ALL });
    await runToEnd(session);
    await expectAll(session, attached, all);
  }, 240_000);

  it('in the realtime one, also when one is killed that stores how far it is', async () => {
    const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
    const attached = await attachExamples(session);
    const all = await attach(aegis, session, { style: 'waits', name: 'all', ...ALL });
    await session.start();
    const bars = () => linesIn(all.out).filter((line) => line.includes('.klines.')).length;
    await until('some bars have closed', () => bars() >= 6);
    killNine(aegis, join(folder, 'ledger.py'));
    const before = bars();
    await until('more bars have closed', () => bars() >= before + 6);
    await until('the killed one is back', async () => {
      const { components } = await session.state();
      return components.find(({ name }) => name === 'ledger-py')?.restarts === 1;
    });
    await session.stop();
    await until('the run is summed up', async () => (await session.state()).summary);
    await expectAll(session, attached, all);
  }, 240_000);

  it.each(LANGUAGES)(
    'one that rebuilds its state is caught up and goes on live, after it was killed: %s',
    async (language) => {
      const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
      const declared = { symbols: TWO, streams: ['trades', 'aggTrades'] };
      const all = await attach(aegis, session, { style: 'waits', name: 'all', ...declared });
      const args = topicsArgs(declared);
      const launch = { ...command(language, args, 'rebuild'), cwd: aegis.home };
      const restart = { policy: 'on-failure', backoffMs: 100 } as const;
      const { id } = await session.attach({ name: 'rebuild', launch, restart });
      await session.start();
      const { rows: had = 0 } = await killWhen(aegis, session, 'rebuild', ({ rows = 0 }) => rows >= 100);
      const caughtUp = await until('it is caught up', () => {
        return toldNow(aegis, session, 'rebuild').findLast((told) => told.caughtUp !== undefined)?.caughtUp;
      });
      expect(caughtUp).toBeGreaterThanOrEqual(had);
      await until('it goes on', () => (toldNow(aegis, session, 'rebuild').at(-1)?.rows ?? 0) > caughtUp + 50);
      await session.stop();
      const summary = await until('the run is summed up', async () => (await session.state()).summary);
      await until('the other one has all rows', () => linesIn(all.out).length >= summary.rows);
      const lines = linesIn(all.out);
      const hash = independentHash(lines);
      const whole = { rows: lines.length, hash };
      expect(summary.components).toMatchObject({ [id]: whole, [all.id]: whole });
      expect(toldNow(aegis, session, 'rebuild').findLast(({ rows }) => rows !== undefined)?.rows).toBe(lines.length);
      await session.shutdown();
      await session.ended();
    },
    120_000,
  );
});
