import { setTimeout as delay } from 'node:timers/promises';
import { AegisError } from '../model/errors.ts';
import type { Session } from '../model/session.ts';
import type { SessionState } from '../model/session-state.ts';

export interface WaitOptions {
  /** Gives up after this long, ms; default: never. */
  readonly timeoutMs?: number;
  /** Ends the waiting with INTERRUPTED; the session goes on. */
  readonly signal?: AbortSignal;
  /** Called with every state that was looked at. */
  readonly onState?: (session: Session) => void;
  /** How long Aegis may be away, ms; default 120 s. A session survives a restart of aegisd, and so does the waiting. */
  readonly awayMs?: number;
}

interface Watched {
  readonly name: string;
  state(): Promise<Session>;
}

/** The longer one waits, the less often one looks: a look costs the session's worker some time. */
const POLL = { leastMs: 100, mostMs: 1_000, share: 0.05 } as const;
const POLL_AWAY_MS = 1_000;

/** Looks at a session until it is in one of the states. */
export async function waitForState(
  watched: Watched,
  states: readonly SessionState[],
  options: WaitOptions,
): Promise<Session> {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal, onState, awayMs = 120_000 } = options;
  const { name } = watched;
  const began = Date.now();
  const deadline = began + timeoutMs;
  let last: Session | undefined;
  let awaySince: number | undefined;
  for (;;) {
    const session = await abortable(watched.state(), signal, () => interrupted(name, last)).catch((error: unknown) => {
      awaySince ??= Date.now();
      if (!isAway(error) || Date.now() - awaySince > awayMs) throw error;
      return undefined;
    });
    if (session !== undefined) {
      last = session;
      awaySince = undefined;
      onState?.(session);
      if (states.includes(session.state)) return session;
      throwIfOver(session);
    }
    if (Date.now() > deadline) {
      throw new AegisError('TIMEOUT', `session "${name}" is ${last?.state ?? 'away'}, not ${states.join(' or ')}`, {
        where: `session ${name}`,
      });
    }
    const pollMs = Math.min(POLL.mostMs, Math.max(POLL.leastMs, (Date.now() - began) * POLL.share));
    const pause = delay(session === undefined ? POLL_AWAY_MS : pollMs);
    await abortable(pause, signal, () => interrupted(name, last));
  }
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined, reason: () => AegisError): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) throw reason();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(reason());
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
}

function interrupted(name: string, session: Session | undefined): AegisError {
  const state = session === undefined ? '' : ` (${session.state}, run ${session.run})`;
  return new AegisError('INTERRUPTED', `no longer waiting; session "${name}" goes on${state}`, {
    where: `session ${name}`,
    remedy: `\`aegisctl session tail ${name}\` follows it, \`aegisctl session stop ${name}\` ends the run.`,
  });
}

function isAway(error: unknown): boolean {
  return AegisError.is(error) && (error.code === 'DEPENDENCY_DOWN' || error.code === 'HOST_UNAVAILABLE');
}

function throwIfOver(session: Session): void {
  const { state, failure, name } = session;
  const over = state === 'FAILED' || state === 'SHUTDOWN' || (state === 'REGISTERED' && failure !== undefined);
  if (!over) return;
  if (failure === undefined) throw new AegisError('SESSION_FAILED', `session "${name}" is ${state}`);
  throw new AegisError(failure.code, failure.message, {
    where: `session ${name}`,
    ...(failure.remedy === undefined ? {} : { remedy: failure.remedy }),
    ...(failure.details === undefined ? {} : { details: failure.details }),
  });
}
