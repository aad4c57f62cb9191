import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** gRPC status code, https://grpc.io/docs/guides/status-codes/ */
const FAILED_PRECONDITION = 9;
const RETRY_MS = 50;

/**
 * Sends an update again when it met a continue-as-new. It was not carried out then; it must carry an update id, since a
 * workflow applies an id once. The deadline around the request bounds the attempts.
 */
export async function sendUpdate<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!metContinueAsNew(error)) throw error;
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
