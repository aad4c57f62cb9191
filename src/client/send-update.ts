import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, isGrpcServiceError, ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';

/** gRPC status code, https://grpc.io/docs/guides/status-codes/ */
const FAILED_PRECONDITION = 9;
const RETRY_MS = 50;
/** Temporal's word for an update that the worker was given and said nothing to, as on a machine that has no time. */
const UNPROCESSED = 'UnprocessedUpdate';

/**
 * Sends an update again when it met a continue-as-new, or when the worker left it unanswered. It was not carried out
 * then; it must carry an update id, since a workflow applies an id once. The deadline around the request bounds the
 * attempts.
 */
export async function sendUpdate<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!metContinueAsNew(error) && !leftUnanswered(error)) throw error;
      await delay(RETRY_MS);
    }
  }
}

function metContinueAsNew(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  return (
    isGrpcServiceError(grpc) && grpc.code === FAILED_PRECONDITION && grpc.details.includes('workflow task failure')
  );
}

function leftUnanswered(error: unknown): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === UNPROCESSED;
}
