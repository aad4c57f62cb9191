import type { Market } from '../../../model/market.ts';
import { STREAM_LIMITS, type StreamLimits } from '../stream/limits.ts';

/** What the exchange allows, and what is made of it. */
export interface SocketLimits
  extends Pick<StreamLimits, 'streamsPerConnection' | 'messagesPerSecond' | 'namesPerMessage' | 'attemptsWindowMs'> {
  /** Attempts to connect within the window, of this process. */
  readonly attempts: number;
  /** Longest URL; streams that do not fit in are subscribed once the connection is open. */
  readonly urlCharacters: number;
  /** A longer message ends the connection, bytes. */
  readonly maxPayload: number;
}

/** All in ms. */
export interface SocketTimings {
  /** How often everything below is looked at. */
  readonly tickMs: number;
  readonly handshakeMs: number;
  /** A connection over which nothing came for so long, not even a PING, is dead: the exchange's PING interval and slack. */
  readonly quietMs: number;
  /** After so long without anything we send a PING, */
  readonly probeMs: number;
  /** and an exchange that has answered one before must answer within this. */
  readonly probeAnswerMs: number;
  /** A request that has no reply by then is reported. */
  readonly replyMs: number;
  /** Before the first attempt after a loss; doubles up to `maxBackoffMs`. The delay is random below it: full jitter. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** A connection that held so long was a good one: the back-off begins anew. */
  readonly stableMs: number;
  /** After a 418, 429 or 403 without Retry-After nobody of this process tries for so long. */
  readonly bannedMs: number;
  /** Age at which a connection is replaced, at most; up to a tenth earlier, so that not all are replaced at once. */
  readonly lifeMs: number;
  /** So long the new connection waits for streams that seldom say something. */
  readonly overlapMs: number;
  /** So long the old one goes on when the new one delivers everything: it may be the slower one. */
  readonly drainMs: number;
  /** A connection is replaced for a silent stream at most so often. */
  readonly silenceRotationMs: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Sessions are processes of their own and cannot see each other's attempts: each takes a part of what the IP has. */
const SHARE_OF_ATTEMPTS = 1 / 3;

export function socketLimits(market: Market, changes: Partial<SocketLimits> = {}): SocketLimits {
  const { streamsPerConnection, messagesPerSecond, namesPerMessage, attempts, attemptsWindowMs } =
    STREAM_LIMITS[market];
  return {
    streamsPerConnection,
    messagesPerSecond,
    namesPerMessage,
    attempts: Math.floor(attempts * SHARE_OF_ATTEMPTS),
    attemptsWindowMs,
    urlCharacters: 4_000,
    maxPayload: 4 * 1024 * 1024,
    ...changes,
  };
}

export function socketTimings(market: Market, changes: Partial<SocketTimings> = {}): SocketTimings {
  const { pingEveryMs, lifetimeMs } = STREAM_LIMITS[market];
  return {
    tickMs: 100,
    handshakeMs: 10 * SECOND,
    quietMs: pingEveryMs + 15 * SECOND,
    probeMs: 10 * SECOND,
    probeAnswerMs: 5 * SECOND,
    replyMs: 10 * SECOND,
    backoffMs: SECOND / 2,
    maxBackoffMs: 30 * SECOND,
    stableMs: 10 * SECOND,
    bannedMs: 120 * SECOND,
    lifeMs: lifetimeMs - HOUR,
    overlapMs: 60 * SECOND,
    drainMs: 2 * SECOND,
    silenceRotationMs: 300 * SECOND,
    ...changes,
  };
}
