import { setTimeout as delay } from 'node:timers/promises';
import { AegisError, messageOf } from '../model/errors.ts';
import { BoundProcess, type BoundProcessOptions, type ProcessExit } from './bound-process.ts';
import { logTail } from './log-file.ts';
import { awaitPrevious, recordProcess } from './previous-process.ts';

const POLL_MS = 100;
const STOP_GRACE_MS = 10_000;

export interface ServerProcessOptions extends BoundProcessOptions {
  /** For messages: `temporal`, `nats-server`. */
  readonly name: string;
  /** Rejects while the server does not answer yet. Called again and again. */
  readonly probe: () => Promise<void>;
  /** Within which it must answer, ms. */
  readonly readyWithinMs: number;
  /** Ends the wait, and the server with it. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a server and returns when it answers. One that still runs from before on the same log is waited for.
 * @throws AegisError SERVER_UNAVAILABLE when it ends or stays silent, with the last lines of its log
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<BoundProcess> {
  const pidFile = options.log.replace(/\.log$/, '.pid');
  await awaitPrevious(pidFile);
  const server = BoundProcess.start(options);
  await recordProcess(pidFile, server.pid);
  const deadline = performance.now() + options.readyWithinMs;
  let lastProblem = 'it was not asked yet';
  while (performance.now() < deadline && options.signal?.aborted !== true) {
    if (server.exit !== undefined) throw notStarted(options, `ended at its start (${exitText(server.exit)})`);
    try {
      await options.probe();
      if (server.exit === undefined) return server;
    } catch (error) {
      lastProblem = messageOf(error);
      await Promise.race([delay(POLL_MS), server.exited]);
    }
  }
  await server.stop(STOP_GRACE_MS);
  options.signal?.throwIfAborted();
  throw notStarted(options, `did not answer within ${options.readyWithinMs / 1000} s (${lastProblem})`);
}

/** `exit code 1`, `signal SIGKILL` */
export function exitText({ code, signal }: ProcessExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

function notStarted({ name, log }: ServerProcessOptions, what: string): AegisError {
  const tail = logTail(log);
  return new AegisError('SERVER_UNAVAILABLE', `${name} ${what}${tail === '' ? '' : `. It wrote last:\n${tail}`}`, {
    where: log,
    remedy: 'Mend what its log says and start again.',
    details: { server: name, log },
  });
}
