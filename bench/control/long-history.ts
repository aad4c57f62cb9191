import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowId } from '../../src/model/activities.ts';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';
import { type BenchResult, resultOf } from '../result.ts';
import type { AttachOptions } from './attach.ts';
import { timed } from './attach.ts';
import { type ControlStage, endSession, onStage } from './stage.ts';

/** Three events each, several being answered in one task: near the 4,096 at which a history is continued as a new one. */
const CONFIGURES = 1_200;
const AT_ONCE = 8;

/**
 * How long a worker needs to rebuild a session from a history as long as they get. So much a session waits for its first
 * answer after a restart of aegisd, or when it was put out of the worker's cache.
 */
export async function measureLongHistory({ folder, runs = 5, onProgress }: AttachOptions): Promise<BenchResult[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const codePath = await workflowBundle();
  return onStage({ folder }, async (stage) => {
    onProgress?.(`long history: ${CONFIGURES} updates`);
    const name = 'long-history';
    const rate = await manyUpdates(stage, name);
    const history = await stage.aegis.temporal.workflow.getHandle(workflowId(name)).fetchHistory();
    const events = history.events?.length ?? 0;
    const replay = () => Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId(name));
    // The first one in a process starts the threads of workflows.
    await replay();
    const times: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      onProgress?.(`long history: replay ${run} of ${runs}`);
      times.push(await timed(replay));
    }
    await endSession(stage.aegis.session(name));
    return [
      resultOf('replay of a long history', 'ms', `${events} events, start of a worker included`, times),
      resultOf('updates of one session', '/s', `${AT_ONCE} at once, ${CONFIGURES} in all`, [rate]),
    ];
  });
}

async function manyUpdates(stage: ControlStage, name: string): Promise<number> {
  const session = await stage.create(name);
  await session.attach({ name: 'nobody', required: false });
  let next = 0;
  const client = async () => {
    for (let index = next++; index < CONFIGURES; index = next++) await session.configure('nobody', { index });
  };
  const ms = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, client)));
  return CONFIGURES / (ms / 1_000);
}
