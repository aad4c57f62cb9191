import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AegisError, isErrorCode, messageOf } from '../model/errors.ts';

/** gRPC status codes, https://grpc.io/docs/guides/status-codes/ */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;
const FAILED_PRECONDITION = 9;

/** What Temporal's client threw, in the words of the catalogue. */
export function fromTemporal(error: unknown, session: string): AegisError {
  if (AegisError.is(error)) return error;
  const where = `session ${session}`;
  if (error instanceof WorkflowUpdateFailedError) return fromFailure(error.cause, where) ?? internal(error, where);
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new AegisError('SESSION_EXISTS', `there is a session "${session}" already`, { where, cause: error });
  }
  if (error instanceof WorkflowNotFoundError) return notFound(session, error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return noAnswer(where, error);
  return fromGrpc(error, session) ?? internal(error, where);
}

function fromGrpc(error: unknown, session: string): AegisError | undefined {
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) return undefined;
  const where = `session ${session}`;
  if (grpc.code === NOT_FOUND) return notFound(session, error);
  // A query of a session whose worker was too late with its last task: the next attempt of the task is under way.
  if (grpc.code === FAILED_PRECONDITION && grpc.details.includes('Workflow Task in failed state')) {
    return noAnswer(where, error);
  }
  // The client library ends a call that is between two attempts when its time is up.
  if (grpc.code === DEADLINE_EXCEEDED || grpc.code === CANCELLED) return noAnswer(where, error);
  if (grpc.code === UNAVAILABLE) {
    return new AegisError('DEPENDENCY_DOWN', `Temporal does not answer: ${grpc.details}`, { where, cause: error });
  }
  return undefined;
}

function fromFailure(cause: unknown, where: string): AegisError | undefined {
  if (!(cause instanceof ApplicationFailure) || !cause.type || !isErrorCode(cause.type)) return undefined;
  return new AegisError(cause.type, cause.message, { where, cause });
}

function notFound(session: string, cause: unknown): AegisError {
  return new AegisError('SESSION_NOT_FOUND', `there is no session "${session}", or it has been shut down`, { cause });
}

function noAnswer(where: string, cause: unknown): AegisError {
  return new AegisError('HOST_UNAVAILABLE', 'no aegisd answered in time; the request may still be carried out', {
    where,
    cause,
  });
}

function internal(error: unknown, where: string): AegisError {
  return new AegisError('INTERNAL', messageOf(error), { where, cause: error });
}
