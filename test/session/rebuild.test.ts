import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import type { ComponentSpec } from '../../src/model/session.ts';
import { killWhen, type Told, toldBy, toldNow } from '../sdk/killed-program.ts';
import { command, numbered } from '../sdk/stage.ts';
import { pythonComponent, startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { expectedLines, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const ALL = { symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], streams: ['trades', 'aggTrades'] };
/** 57,600 rows: more than may be in flight. */
const TRADES = 12_000;
const KINDS = ['python-sdk', 'typescript-sdk', 'plain'] as const;
type Kind = (typeof KINDS)[number];

describe('replay-to-rebuild: components with `from: start` that are killed with -9', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let expected: string[];
  let state: string;
  let stall: string;
  const attached = new Map<string, ComponentSpec>();

  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ALL.symbols, trades: TRADES });
    session = await aegis.create(spec());
    expected = expectedLines(aegis, (await session.state()).id, ALL);
    state = stateOver(numbered(expected));
    stall = join(aegis.home, 'stall');
    for (const kind of KINDS) {
      await attach(kind, `${kind}-killed`, ['--rest', '0.01', '--stall', stall]);
      await attach(kind, `${kind}-never`, []);
    }
  }, 240_000);
  afterAll(() => aegis?.close());

  async function attach(kind: Kind, name: string, more: readonly string[]): Promise<void> {
    const args = [...topicsArgs(ALL), '--rows', String(expected.length), ...more];
    const language = kind === 'python-sdk' ? 'python' : 'typescript';
    const launch =
      kind === 'plain'
        ? pythonComponent('rebuild', join(aegis.home, name), args)
        : { ...command(language, args, 'rebuild'), cwd: aegis.home };
    const restart = { policy: 'on-failure', limit: 10, backoffMs: 100 } as const;
    attached.set(name, await session.attach({ name, launch, restart }));
  }

  const kill = (kind: Kind, when: (told: Told) => boolean): Promise<Told> =>
    killWhen(aegis, session, `${kind}-killed`, when);

  /** All kinds at once, each in a run of its own state. */
  async function disturbedRun(disturb: (kind: Kind, run: number) => Promise<void>): Promise<void> {
    const { run } = await session.start();
    await Promise.all(KINDS.map((kind) => disturb(kind, run)));
    const { summary } = await session.waitFor(['FINISHED'], { timeoutMs: 120_000 });
    for (const [name, { id }] of attached) {
      const last = await until(`${name} has its state`, () =>
        toldBy(aegis, session, name).findLast((each) => each.state && each.run === run),
      );
      expect(last.state, name).toBe(state);
      expect(summary?.components[id], name).toMatchObject({ rows: expected.length, hash: independentHash(expected) });
    }
  }

  const past = (run: number, rows: number) => (each: Told) => each.run === run && (each.rows ?? 0) >= rows;

  it('in the middle of a run: each ends with the state of one that was never killed, and knew when it had caught up', async () => {
    await disturbedRun(async (kind, run) => {
      const { rows = 0 } = await kill(kind, past(run, 20_000));
      const name = `${kind}-killed`;
      await until(
        `${name} has caught up`,
        () => toldNow(aegis, session, name).some(({ caughtUp }) => caughtUp !== undefined),
        120_000,
      );
      const now = toldNow(aegis, session, name);
      const seam = now.find(({ caughtUp }) => caughtUp !== undefined)?.caughtUp ?? 0;
      expect(seam, name).toBeGreaterThanOrEqual(rows);
      expect(now.find((each) => each.rows !== undefined)?.rows, name).toBeLessThan(rows);
      for (const each of now) if (each.rows !== undefined) expect(each.replayed, name).toBe(each.rows <= seam);
    });
  }, 180_000);

  it('twice in one run', async () => {
    await disturbedRun(async (kind, run) => {
      await kill(kind, past(run, 15_000));
      await kill(kind, (each) => past(run, 40_000)(each) && each.replayed === false);
    });
  }, 180_000);

  it('during the replay', async () => {
    await disturbedRun(async (kind, run) => {
      const { rows = 0 } = await kill(kind, past(run, 30_000));
      const replay = await kill(kind, (each) => past(run, 3_000)(each) && each.replayed === true);
      expect(replay.rows).toBeLessThan(rows);
    });
  }, 180_000);

  it('after the end of the data, with the last rows in hand: the run waits for them', async () => {
    writeFileSync(stall, '');
    await disturbedRun(async (kind, run) => {
      await kill(kind, past(run, expected.length));
      rmSync(stall, { force: true });
    });
  }, 180_000);
});

/** The state of the programs over the lines of a run, made without them. */
function stateOver(lines: readonly string[]): string {
  const hash = createHash('sha256');
  let running = 0;
  for (const line of lines) {
    const { ts, seq } = JSON.parse(line);
    hash.update(`${line}\n`);
    running = (running * 31 + ts + seq) % 1_000_000_007;
  }
  return `${hash.digest('hex')} ${lines.length} ${running}`;
}
