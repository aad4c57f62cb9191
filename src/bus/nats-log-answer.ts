import { NatsError } from 'nats';
import { AegisError, messageOf } from '../model/errors.ts';

/** Error codes of JetStream. Source: nats-server 2.14, server/errors.json. */
const STREAM_NOT_FOUND = 10059;
const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_ID = 10070;
const MESSAGE_NOT_FOUND = 10037;

/** Code of answers that come while it starts. */
const UNAVAILABLE = 503;

/** What went wrong with a question to JetStream, in the words of Aegis. */
export function explained(error: unknown, where: string): AegisError {
  if (AegisError.is(error)) return error;
  const options = { where, cause: error };
  if (!(error instanceof NatsError)) return new AegisError('STREAM_FAILED', messageOf(error), options);
  if (error.code === 'TIMEOUT') return new AegisError('TIMEOUT', 'JetStream gives no answer', options);
  if (error.api_error === undefined || error.api_error.code === UNAVAILABLE) {
    return new AegisError('DEPENDENCY_DOWN', `JetStream does not answer: ${error.message}`, options);
  }
  return new AegisError('STREAM_FAILED', `JetStream: ${error.api_error.description}`, options);
}

interface PublishAnswer {
  readonly seq?: number;
  readonly error?: { readonly err_code: number; readonly description: string };
}

/** What became of a message that was to be kept. Throws STREAM_FAILED with JetStream's reason. */
export function placeOf({ seq, error }: PublishAnswer, where: string): { readonly place: number } | 'stale' {
  if (error?.err_code === WRONG_LAST_SEQUENCE || error?.err_code === WRONG_LAST_ID) return 'stale';
  if (error === undefined && seq !== undefined) return { place: seq };
  throw new AegisError('STREAM_FAILED', `JetStream keeps nothing: ${error?.description ?? 'no reason given'}`, {
    where,
  });
}

/** Undefined when the log, or the message, is not there. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
    if (code === STREAM_NOT_FOUND || code === MESSAGE_NOT_FOUND) return undefined;
    throw error;
  }
}
