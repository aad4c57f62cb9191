import { setTimeout as delay } from 'node:timers/promises';
import type { SessionHandle } from '../../src/client/index.ts';
import { type BenchResult, resultOf } from '../result.ts';
import { componentStart } from './component-start.ts';
import { type ControlStage, endSession, LAUNCH, onStage } from './stage.ts';

export interface AttachOptions {
  /** Folder for what is written. */
  readonly folder: string;
  /** Default 5. */
  readonly runs?: number;
  readonly onProgress?: (text: string) => void;
}

const NAMES = ['one', 'two'];
/** A host that has started nothing for so long has the processes of the next session ready. */
const REST_MS = 5_000;

/**
 * From the first `attach` of two Python components to RUNNING, and the same less the components' own start-up, which is
 * measured beside it in each run: two processes at once that send REGISTER to a socket of this process. Once on a host at
 * rest, and once right after that, when no process is ready.
 */
export async function measureAttach({ folder, runs = 5, onProgress }: AttachOptions): Promise<BenchResult[]> {
  const total: number[] = [];
  const own: number[] = [];
  const next: number[] = [];
  const update: number[] = [];
  await onStage({ folder }, async (stage) => {
    // The first round imports the archives and warms everything up.
    await attachOnce(stage, 'attach-warm-up', []);
    for (let run = 1; run <= runs; run += 1) {
      onProgress?.(`attach → RUNNING: run ${run} of ${runs}`);
      await delay(REST_MS);
      own.push(await componentStart(NAMES.length));
      total.push(await attachOnce(stage, `attach-${run}`, update));
      next.push(await attachOnce(stage, `next-${run}`, update));
    }
  });
  const besides = (times: readonly number[]) => times.map((ms, run) => ms - (own[run] ?? 0));
  return [
    resultOf('attach → RUNNING', 'ms', "two Python components, less the components' own start-up", besides(total)),
    resultOf('attach → RUNNING, next', 'ms', 'the same, right after the one before', besides(next)),
    resultOf('attach → RUNNING, all of it', 'ms', 'two Python components, their start-up included', total),
    resultOf('start of two components', 'ms', 'from two processes to both REGISTERs, without Aegis', own),
    resultOf('attach', 'ms', 'one update, asked to answered', update),
  ];
}

async function attachOnce(stage: ControlStage, name: string, update: number[]): Promise<number> {
  const session = await stage.create(name);
  const began = Date.now();
  for (const component of NAMES) update.push(await timed(() => session.attach({ name: component, launch: LAUNCH })));
  await session.start();
  await session.waitFor(['FINISHED']);
  const running = await runningSince(session);
  await endSession(session);
  return running - began;
}

/** Unix ms; it was RUNNING before anybody could ask. */
export async function runningSince(session: SessionHandle): Promise<number> {
  const events = await session.events();
  const started = events.find(({ event }) => event === 'streamStarted');
  if (started === undefined) throw new Error(`session ${session.name} was never RUNNING`);
  return started.at;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
