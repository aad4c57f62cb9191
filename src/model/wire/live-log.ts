import { AegisError } from '../errors.ts';
import { sessionSubjects } from './subjects.ts';

/**
 * The log of a realtime session: one JetStream stream. It holds the run's rows in the order in which they are delivered, each
 * message the lines of one topic; so it is what the components get, what they catch up from, and what is recorded.
 */

/** Where a message of the log stands; in its header {@link LOG_HEADER}. */
export interface LogPosition {
  readonly run: number;
  /** One orchestrator: a higher one fences a lower one. */
  readonly epoch: number;
  /** Number of its first row in the merged stream of the run, from 0. */
  readonly seq: number;
  /** Lines in it; 0 for a message that only says that an epoch begins. */
  readonly rows: number;
  /** Time of its last row, unix ms. */
  readonly ts: number;
}

/** `<run> <epoch> <seq> <rows> <ts>`: one header, because every message carries it. */
export const LOG_HEADER = 'Aegis-At';

/** How much of it is kept for components that fall behind or come back. Whatever limit is reached first counts. */
export interface LogLimits {
  /** ms */
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** JetStream's name of a session's log. Throws INVALID_SPEC when the id could not be part of it. */
export function logName(sessionId: string): string {
  sessionSubjects(sessionId);
  return `aegis-${sessionId}`;
}

/** Rows have at least two tokens after the session id, the session's other subjects one: those are not kept. */
export function logSubjects(sessionId: string): string[] {
  return [`aegis.${sessionId}.*.>`];
}

/** Said once when an orchestrator begins to write: what came under a lower epoch ends here. */
export function epochSubject(sessionId: string): string {
  return `aegis.${sessionId}.log.epoch`;
}

export function encodeLogPosition({ run, epoch, seq, rows, ts }: LogPosition): string {
  return `${run} ${epoch} ${seq} ${rows} ${ts}`;
}

/** Throws STREAM_FAILED when it is not a position. */
export function decodeLogPosition(text: string): LogPosition {
  const [run, epoch, seq, rows, ts] = text.split(' ').map(Number);
  const parts = [run, epoch, seq, rows, ts];
  if (!parts.every((part) => Number.isSafeInteger(part) && (part ?? -1) >= 0) || text.split(' ').length !== 5) {
    throw new AegisError('STREAM_FAILED', `"${text.slice(0, 100)}" is not a position in a log`);
  }
  return { run: run ?? 0, epoch: epoch ?? 0, seq: seq ?? 0, rows: rows ?? 0, ts: ts ?? 0 };
}
