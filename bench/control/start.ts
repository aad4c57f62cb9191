import { type BenchResult, resultOf } from '../result.ts';
import { type AttachOptions, runningSince, timed } from './attach.ts';
import { type ControlStage, endSession, LAUNCH, onStage } from './stage.ts';

const AT_ONCE = 64;

/** How long it takes to create a session, to get one with a component RUNNING, and how many can be created per second. */
export async function measureStart({ folder, runs = 5, onProgress }: AttachOptions): Promise<BenchResult[]> {
  const create: number[] = [];
  const running: number[] = [];
  const rates: number[] = [];
  await onStage({ folder }, async (stage) => {
    await startOnce(stage, 'start-warm-up', []);
    for (let run = 1; run <= runs; run += 1) {
      onProgress?.(`session start: run ${run} of ${runs}`);
      running.push(await startOnce(stage, `start-${run}`, create));
      rates.push(await createMany(stage, `many-${run}`));
    }
  });
  return [
    resultOf('session create', 'ms', 'asked to answered', create),
    resultOf('session create → RUNNING', 'ms', 'one Python component, its start-up included', running),
    resultOf('sessions created', '/s', `${AT_ONCE} at once`, rates),
  ];
}

async function startOnce(stage: ControlStage, name: string, create: number[]): Promise<number> {
  const began = Date.now();
  create.push(await timed(() => stage.create(name)));
  const session = stage.aegis.session(name);
  await session.attach({ name: 'one', launch: LAUNCH });
  await session.start();
  await session.waitFor(['FINISHED']);
  const at = await runningSince(session);
  await endSession(session);
  return at - began;
}

async function createMany(stage: ControlStage, name: string): Promise<number> {
  const names = Array.from({ length: AT_ONCE }, (_, index) => `${name}-${index}`);
  const ms = await timed(async () => {
    const sessions = await Promise.all(names.map((each) => stage.create(each)));
    // A session that answers has begun.
    await Promise.all(sessions.map((session) => session.state()));
  });
  await Promise.all(names.map((each) => endSession(stage.aegis.session(each))));
  return AT_ONCE / (ms / 1_000);
}
