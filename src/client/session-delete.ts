import type { Client } from '@temporalio/client';
import { workflowId } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import type { Session } from '../model/session.ts';
import { fromTemporal } from './temporal-errors.ts';

export interface DeleteOptions {
  /**
   * Remove the session without shutting it down in good order, for one whose host is gone for good; default false. What
   * still runs on that host is ended when its aegisd ends.
   */
  readonly force?: boolean;
  /** How long the shutdown may take, ms; default 60 s. */
  readonly timeoutMs?: number;
}

interface Target {
  readonly client: Client;
  readonly namespace: string;
  readonly handle: {
    readonly name: string;
    shutdown(): Promise<unknown>;
    ended(options: { readonly timeoutMs: number }): Promise<Session>;
  };
}

/**
 * Shuts a session down and removes it with every earlier session of its name. The name is free at once; Temporal removes
 * the history in the background, which takes it some ten seconds.
 */
export async function deleteSession(target: Target, { force = false, timeoutMs = 60_000 }: DeleteOptions) {
  const { name } = target.handle;
  try {
    const running = (await describe(target))?.status.name === 'RUNNING';
    if (running && !force) await shutDown(target, timeoutMs);
    if (running && force) await target.client.workflow.getHandle(workflowId(name)).terminate('deleted with --force');
    await remove(target);
    for await (const { runId } of target.client.workflow.list({ query: `WorkflowId = '${workflowId(name)}'` })) {
      await remove(target, runId).catch(ignoreMissing(name));
    }
  } catch (error) {
    throw fromTemporal(error, name);
  }
}

async function shutDown({ handle }: Target, timeoutMs: number): Promise<void> {
  try {
    await handle.shutdown().catch(ignoreShutdown);
    await handle.ended({ timeoutMs });
  } catch (error) {
    if (!AegisError.is(error) || (error.code !== 'TIMEOUT' && error.code !== 'HOST_UNAVAILABLE')) throw error;
    throw new AegisError(error.code, error.message, {
      where: `session ${handle.name}`,
      remedy: `Start aegisd on its host, or remove the session without it: \`aegisctl session delete ${handle.name} --force\`.`,
      cause: error,
    });
  }
}

/** It was shut down already and its processes are still ending. */
function ignoreShutdown(error: unknown): void {
  if (!AegisError.is(error) || error.code !== 'ILLEGAL_TRANSITION') throw error;
}

function describe({ client, handle }: Target) {
  return client.workflow.getHandle(workflowId(handle.name)).describe();
}

async function remove({ client, namespace, handle }: Target, runId?: string): Promise<void> {
  const workflowExecution = { workflowId: workflowId(handle.name), ...(runId === undefined ? {} : { runId }) };
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
}

function ignoreMissing(name: string): (error: unknown) => undefined {
  return (error) => {
    const known = fromTemporal(error, name);
    if (known.code !== 'SESSION_NOT_FOUND') throw known;
    return undefined;
  };
}
