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
  const numbers = [0, 0, 0, 0, 0];
  let [part, digits] = [0, 0];
  // Character by character: every message of a log is decoded, and patterns and splitting cost several times as much.
  for (let place = 0; place < text.length; place++) {
    const digit = text.charCodeAt(place) - ZERO;
    if (digit >= 0 && digit <= 9) {
      numbers[part] = 10 * (numbers[part] ?? 0) + digit;
      digits += 1;
      continue;
    }
    if (text.charCodeAt(place) !== SPACE || digits === 0) throw noPosition(text);
    part += 1;
    digits = 0;
  }
  const [run = 0, epoch = 0, seq = 0, rows = 0, ts = 0] = numbers;
  if (part !== 4 || digits === 0 || !numbers.every(Number.isSafeInteger)) throw noPosition(text);
  return { run, epoch, seq, rows, ts };
}

const ZERO = 48;
const SPACE = 32;

function noPosition(text: string): AegisError {
  return new AegisError('STREAM_FAILED', `"${text.slice(0, 100)}" is not a position in a log`);
}
