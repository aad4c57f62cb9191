import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionHandle } from '../../src/client/index.ts';
import { readEndpoints } from '../../src/servers/endpoints.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { type Arena, flowOf } from './arena.ts';
import { attachAll, SYMBOLS, setPace } from './components.ts';
import { type ExpectedStream, ExpectedStreams } from './expected.ts';
import { classOf, type Fault, nameOf, type PlannedRun } from './fault.ts';
import { placeOf, progressOf } from './flow.ts';
import { recovery } from './recovery.ts';
import { strike } from './strike.ts';
import { verifyRun } from './verify.ts';

export interface FaultResult {
  readonly run: number;
  readonly what: string;
  /** Row of the table of results. */
  readonly kind: string;
  /** Part of its stream that the component had that was furthest behind, from 0 to 1. */
  readonly progress: number;
  readonly recoveryMs: number;
}

interface Prepared {
  readonly arena: Arena;
  readonly handle: SessionHandle;
  /** By component id. */
  readonly expected: ReadonlyMap<string, ExpectedStream>;
}

export interface ChaosStageOptions {
  /** Per symbol. */
  readonly trades: number;
}

/** Seconds after each piece of 64 KiB: some MB per second, so that faults find a stream that flows. */
const PACE = 0.025;
/** While something that does not stop the stream goes on for longer: rows must be left for the next fault. */
const SLOW_PACE = 0.4;
const SLOW_AFTER_MS = 1_500;
const MOMENT_LIMIT_MS = 90_000;
const FINISH_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 10;

/** One aegisd with servers of its own and data for all runs. */
export class ChaosStage {
  readonly aegis: TestAegis;
  readonly #expected: ExpectedStreams;

  private constructor(aegis: TestAegis) {
    this.aegis = aegis;
    this.#expected = new ExpectedStreams(aegis);
  }

  static async open({ trades }: ChaosStageOptions): Promise<ChaosStage> {
    const aegis = await startTestAegis({ servers: 'own' });
    try {
      await sample(aegis, { symbols: SYMBOLS, trades });
      return new ChaosStage(aegis);
    } catch (error) {
      await aegis.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.aegis.close();
  }

  /** A session from its creation to its shutdown, with faults on the way. @throws Error with what went wrong */
  async run(planned: PlannedRun, onResult: (result: FaultResult) => void = () => {}): Promise<void> {
    const prepared = await this.#prepare();
    try {
      await this.#play(prepared, planned, onResult);
    } catch (error) {
      await this.#abandon(prepared.handle);
      throw error;
    }
    await this.#forgetRows(prepared.arena);
  }

  async #play(
    { arena, handle, expected }: Prepared,
    { number, faults }: PlannedRun,
    onResult: (result: FaultResult) => void,
  ): Promise<void> {
    setPace(this.aegis, PACE);
    await handle.start();
    for (const fault of faults) {
      const progress = await reach(arena, fault);
      const recoveryMs = await this.#suffer(arena, fault).catch((error: unknown) => {
        throw new Error(`${nameOf(fault)}, at ${progress.toFixed(3)}`, { cause: error });
      });
      onResult({ run: number, what: nameOf(fault), kind: classOf(fault), progress, recoveryMs });
    }
    setPace(this.aegis, 0);
    await this.#session(handle).waitFor(['FINISHED'], { timeoutMs: FINISH_LIMIT_MS });
    await verifyRun({ arena, handle: this.#session(handle), expected, faults });
  }

  /** What has gone wrong in one run must not be seen in the next. */
  async #abandon(handle: SessionHandle): Promise<void> {
    if ((await readEndpoints(this.aegis.home)) === undefined) await this.aegis.restart();
    const session = this.#session(handle);
    await session.shutdown().catch(() => {});
    await session.ended({ timeoutMs: FINISH_LIMIT_MS }).catch(() => {});
  }

  /** Some 100 MB in each run. */
  async #forgetRows({ session }: Arena): Promise<void> {
    const { home } = this.aegis;
    const files = readdirSync(home).filter((name) => name.startsWith(`${session}.`));
    await Promise.all(files.map((name) => rm(join(home, name))));
  }

  async #prepare(): Promise<Prepared> {
    const { aegis } = this;
    const handle = await aegis.create(spec());
    const { id } = await handle.state();
    const components = await attachAll(aegis, handle);
    const expected = new Map(
      components.map((each): [string, ExpectedStream] => [each.id, this.#expected.of(id, each)]),
    );
    const totals = new Map([...expected].map(([component, { bytes }]) => [component, bytes]));
    const arena: Arena = { aegis, session: handle.name, sessionId: id, components, totals };
    return { arena, handle, expected };
  }

  async #suffer(arena: Arena, fault: Fault): Promise<number> {
    const slow = setTimeout(() => setPace(this.aegis, SLOW_PACE), SLOW_AFTER_MS);
    try {
      return await recovery(arena, fault, await strike(arena, fault));
    } finally {
      clearTimeout(slow);
      setPace(this.aegis, PACE);
    }
  }

  /** Handles from before a restart of aegisd are of no use. */
  #session({ name }: SessionHandle): SessionHandle {
    return this.aegis.client.session(name);
  }
}

/** Waits for the moment of a fault; everybody must have rows left then. */
async function reach(arena: Arena, { moment }: Fault): Promise<number> {
  if (moment === 0) return 0;
  const what = `${moment} of the stream is delivered`;
  const progress = await until(what, () => momentOf(arena, moment), MOMENT_LIMIT_MS);
  const flow = flowOf(arena);
  const complete = arena.components.filter(({ id }) => placeOf(flow, id).given >= (arena.totals.get(id) ?? 0));
  if (complete.length > 0) throw new Error(`no rows are left for ${complete.map(({ name }) => name).join(', ')}`);
  return progress;
}

async function momentOf(arena: Arena, moment: number): Promise<number | undefined> {
  // Finer than `until` looks.
  for (const end = performance.now() + 200; performance.now() < end; await delay(LOOK_EVERY_MS)) {
    const progress = progressOf(flowOf(arena), arena.totals);
    if (progress >= moment) return progress;
  }
  return undefined;
}
