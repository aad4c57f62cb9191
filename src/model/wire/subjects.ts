import { AegisError } from '../errors.ts';
import { fullTopic, isToken } from '../topic.ts';

/**
 * The NATS subjects of one session. Rows travel on their full topic (`aegis.<session id>.klines.BTCUSDT.1m`, at least
 * two tokens after the session id); the control subjects below have one, so the two never meet.
 */
export interface SessionSubjects {
  /** Everything of the session: `aegis.<session id>.>`. */
  readonly all: string;
  /** Rows of every topic, and the control subjects: each of the two is a wildcard. */
  readonly rows: string;
  readonly control: string;
  /** Closes a slice: {@link ClockMessage}. Orchestrator → data stream server. */
  readonly clock: string;
  /** The rows of a slice as columns, where somebody wants them: see column-message.ts. */
  readonly columns: string;
  /** {@link CreditMessage}. Data stream server → orchestrator. */
  readonly credit: string;
  /** Request: {@link PositionRequest} → {@link PositionAnswer}. Asked by the orchestrator. */
  readonly position: string;
  /** {@link RewindMessage}. Data stream server → orchestrator. */
  readonly rewind: string;
  /** Request: {@link FinishRequest} → {@link FinishAnswer}. Asked by the orchestrator. */
  readonly finish: string;
}

/** Header of every data message: the epoch under which it was published. */
export const EPOCH_HEADER = 'Aegis-Epoch';

/** Throws INVALID_SPEC when the session id could not be part of a subject. */
export function sessionSubjects(sessionId: string): SessionSubjects {
  if (!isToken(sessionId)) {
    throw new AegisError('INVALID_SPEC', `session id "${sessionId}" cannot be part of a NATS subject`, {
      remedy: 'A session id consists of 1-64 letters, digits, _ and -.',
    });
  }
  const base = `aegis.${sessionId}`;
  return {
    all: `${base}.>`,
    rows: `${base}.*.>`,
    control: `${base}.*`,
    clock: `${base}.clock`,
    columns: `${base}.columns`,
    credit: `${base}.credit`,
    position: `${base}.position`,
    rewind: `${base}.rewind`,
    finish: `${base}.finish`,
  };
}

/** The subject of a topic's rows. Throws INVALID_SPEC when a part of the topic could not be part of a subject. */
export function topicSubject(sessionId: string, short: string): string {
  const parts = short.split('.');
  if (parts.length < 2 || parts.length > 3 || !parts.every(isToken)) {
    throw new AegisError('INVALID_SPEC', `topic "${short}" cannot be a NATS subject`);
  }
  return fullTopic(sessionId, short);
}
