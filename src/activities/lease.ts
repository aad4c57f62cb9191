import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { AegisError, CATALOGUE } from '../model/errors.ts';
import { heartbeats } from './heartbeats.ts';

/** Without a limit nobody waits for heartbeats. */
const NO_LIMIT_MS = 60_000;

/**
 * Runs something for as long as an activity lasts, with heartbeats. Errors of the catalogue reach the workflow under
 * their code and are not retried unless the machine is at fault.
 */
export async function underLease<T>(work: (signal: AbortSignal) => Promise<T>, details?: () => unknown): Promise<T> {
  const context = Context.current();
  const { activityId, workflowExecution, heartbeatTimeoutMs = NO_LIMIT_MS } = context.info;
  const beat = () => context.heartbeat(details?.());
  const workflowId = workflowExecution?.workflowId ?? '';
  const release = heartbeats.keep({ workflowId, activityId, timeoutMs: heartbeatTimeoutMs, beat });
  try {
    return await Promise.race([work(context.cancellationSignal), context.cancelled]);
  } catch (error) {
    // The next attempt gets what the last heartbeat said.
    if (details !== undefined) beat();
    throw AegisError.is(error) ? toFailure(error) : error;
  } finally {
    release();
  }
}

/**
 * Whether the workflow asked for the end. Otherwise the lease only lapsed (a continue-as-new, a time-out, a worker that
 * goes down): what runs is left for the next lease to adopt.
 */
export function wasRequested(error: unknown): boolean {
  return error instanceof CancelledFailure && error.message === 'CANCELLED';
}

export function toFailure(error: AegisError): ApplicationFailure {
  const { exit } = CATALOGUE[error.code];
  const retryable = exit === 'dependencyDown' || error.code === 'PROCESS_LOST';
  const { where, message } = error;
  return ApplicationFailure.create({
    // A failure has no field for the place, and whoever reads it wants the file and the line.
    message: where === undefined ? message : `${where}: ${message}`,
    type: error.code,
    nonRetryable: !retryable,
    details: [error.details ?? {}, error.remedy],
    cause: error,
  });
}
