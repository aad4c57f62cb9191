import { createInbox, type Msg, type NatsConnection } from 'nats';
import { AegisError } from '../model/errors.ts';
import type { LogMessage } from './log.ts';
import { positionIn } from './nats-log-header.ts';

/** What JetStream's direct get is asked: https://docs.nats.io/reference/reference-protocols/nats_api_reference */
export interface DirectQuery {
  /** First place; places that are not kept are stepped over. */
  readonly seq: number;
  /** At most so many messages. */
  readonly batch: number;
  /** The answer ends with the message that reaches it. */
  readonly max_bytes: number;
}

export interface DirectAnswer {
  /** Messages of the log, in order. */
  readonly messages: readonly LogMessage[];
  /** Place after the last message that was read, also of one that is not of the log. */
  readonly next: number;
  /** Whether there was more when it ended. */
  readonly more: boolean;
}

const ANSWER_WITHIN_MS = 2_000;
const END_OF_BATCH = 204;
const NOT_FOUND = 404;
const NO_RESPONDERS = 503;

/**
 * Asks for many messages at once. Nothing is kept for the reader on the server, so nothing is lost with a connection: a new
 * question goes on at any place. Throws DEPENDENCY_DOWN when nobody answers, TIMEOUT when the answer does not end.
 */
export function readDirect(connection: NatsConnection, stream: string, query: DirectQuery): Promise<DirectAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DirectAnswer>();
  const messages: LogMessage[] = [];
  let next = query.seq;
  // An answer that breaks off says nothing of what is left.
  let more = true;
  const inbox = createInbox();
  const end = (error?: AegisError) => {
    clearTimeout(timer);
    subscription.unsubscribe();
    // What came of an answer that broke off is still a beginning without holes.
    if (error === undefined || messages.length > 0) resolve({ messages, next, more });
    else reject(error);
  };
  const timer = setTimeout(() => {
    end(new AegisError('TIMEOUT', `JetStream gives no answer within ${ANSWER_WITHIN_MS} ms`, { where: stream }));
  }, ANSWER_WITHIN_MS);
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      const code = error === null ? (message.headers?.code ?? 0) : Number(error.code);
      if (code === END_OF_BATCH || code === NOT_FOUND) {
        more = Number(message.headers?.get('Nats-Num-Pending') ?? 0) > 0;
        return end();
      }
      if (error !== null || code >= 300) return end(directError(stream, code));
      next = Number(message.headers?.get('Nats-Sequence')) + 1;
      const read = logMessage(message);
      if (read !== undefined) messages.push(read);
    },
  });
  connection.publish(`$JS.API.DIRECT.GET.${stream}`, Buffer.from(JSON.stringify(query)), { reply: inbox });
  return promise;
}

/** A message as direct get answers it; undefined when it is not one of a log. */
export function logMessage({ headers, data }: Pick<Msg, 'headers' | 'data'>): LogMessage | undefined {
  const at = positionIn({ headers });
  if (headers === undefined || at === undefined) return undefined;
  return { subject: headers.get('Nats-Subject'), payload: data, at, place: Number(headers.get('Nats-Sequence')) };
}

export function directError(stream: string, code: number): AegisError {
  if (code === NO_RESPONDERS) {
    return new AegisError('DEPENDENCY_DOWN', 'JetStream does not answer for the log', { where: stream });
  }
  return new AegisError('STREAM_FAILED', `JetStream answers ${code}`, { where: stream });
}
