import { ActivityNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { messageOf } from '../model/errors.ts';
import type { Log } from './log.ts';

export interface AbandonedLeasesOptions {
  readonly client: Client;
  /** Id of the host. */
  readonly host: string;
  /** What this process's worker calls itself; no other process ever had it. */
  readonly identity: string;
  /** Whether an activity is under way in this process. */
  readonly holds: (workflowId: string, activityId: string) => boolean;
  readonly log: Log;
}

/** Numbers of Temporal's enum PendingActivityState. */
const STARTED = 2;
const CANCEL_REQUESTED = 3;
/** An activity that was handed out a moment ago may not have got here yet. */
const SETTLED_MS = 10_000;
const AT_ONCE = 4;

/**
 * Gives up activities that count as running on this host and run nowhere: an earlier aegisd had them, or they were lost on
 * the way. Temporal would notice only after the whole time that it grants; so they are started again at once.
 */
export async function giveUpAbandoned(options: AbandonedLeasesOptions): Promise<number> {
  const { client, host, log } = options;
  const query = `WorkflowType = 'session' AND ExecutionStatus = 'Running' AND AegisHost = '${host}'`;
  let given = 0;
  const workflows = client.workflow.list({ query })[Symbol.asyncIterator]();
  const worker = async () => {
    for (let next = await workflows.next(); !next.done; next = await workflows.next()) {
      given += await giveUpIn(next.value.workflowId, options);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    log('warn', `abandoned leases are not looked for, they end by themselves: ${messageOf(error)}`);
  }
  return given;
}

async function giveUpIn(workflowId: string, options: AbandonedLeasesOptions): Promise<number> {
  const { client } = options;
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const abandoned = (raw.pendingActivities ?? []).filter((each) => isAbandoned(workflowId, each, options));
  const runId = raw.workflowExecutionInfo?.execution?.runId ?? undefined;
  for (const { activityId, state } of abandoned) {
    const id = { workflowId, activityId: activityId ?? '', ...(runId === undefined ? {} : { runId }) };
    const given =
      state === CANCEL_REQUESTED ? client.activity.reportCancellation(id) : client.activity.fail(id, FAILURE);
    await given.catch((error: unknown) => {
      // It has ended meanwhile.
      if (!(error instanceof ActivityNotFoundError)) throw error;
    });
  }
  return abandoned.length;
}

const FAILURE = ApplicationFailure.retryable('the aegisd that ran it is gone', 'PROCESS_LOST');

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

function isAbandoned(workflowId: string, pending: Pending, { identity, holds }: AbandonedLeasesOptions): boolean {
  const { activityId, state, lastWorkerIdentity, lastStartedTime, activityOptions } = pending;
  if (!activityId || (state !== STARTED && state !== CANCEL_REQUESTED)) return false;
  if (lastWorkerIdentity !== identity) return true;
  const isLease = Number(activityOptions?.heartbeatTimeout?.seconds ?? 0) > 0;
  const startedAt = Number(lastStartedTime?.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  return isLease && Date.now() - startedAt > SETTLED_MS && !holds(workflowId, activityId);
}
