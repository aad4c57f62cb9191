import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { AegisClient } from '../../src/client/index.ts';
import { workflowId } from '../../src/model/activities.ts';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

/**
 * Runs the workflow code over what Temporal has recorded of a session.
 * @throws DeterminismViolationError when the code would have decided otherwise
 */
export async function replayHistory(client: AegisClient, session: string): Promise<number> {
  const id = workflowId(session);
  const history = await client.temporal.workflow.getHandle(id).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: await workflowBundle() } }, history, id);
  return history.events?.length ?? 0;
}
