import type { Bus } from '../../bus/bus.ts';
import type { BusLog, LogMessage } from '../../bus/log.ts';
import { AegisError } from '../../model/errors.ts';
import { epochSubject, type LogPosition } from '../../model/wire/live-log.ts';

/** How far a log has come. */
export interface LogStanding {
  readonly first: number;
  readonly last: number;
  /** Undefined when nothing is kept. */
  readonly newest: LogMessage | undefined;
}

const NOTHING = new Uint8Array(0);

/** Finds the newest message that has a position: somebody else may have published on a subject of the session. */
export async function standingOf(log: BusLog): Promise<LogStanding> {
  const { first, last } = await log.extent();
  for (let place = last; place >= first; place--) {
    const newest = await log.at(place);
    if (newest !== undefined) return { first, last, newest };
  }
  return { first, last, newest: undefined };
}

export interface EpochOptions {
  /** Carries the log. */
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  /** What is known from elsewhere, should the log have lost it: never below. */
  readonly floor: { readonly epoch: number; readonly seq: number };
}

/** The beginning of an epoch: where the next row goes. */
export interface TakenEpoch {
  readonly epoch: number;
  /** Number of the next row. */
  readonly seq: number;
  /** Place of the message that says it. */
  readonly place: number;
  /** Rows of this run below it that the log has had are in it up to here. */
  readonly kept: number;
}

/**
 * Begins a new epoch of a run, with the next row after the last one in the log. The rows of an older run are removed. Throws
 * STREAM_FAILED when the log is already at a later run.
 */
export async function takeEpoch(log: BusLog, options: EpochOptions): Promise<TakenEpoch> {
  const { bus, sessionId, run, floor } = options;
  const subject = epochSubject(sessionId);
  for (;;) {
    const { last, newest } = await standingOf(log);
    if (newest !== undefined && newest.at.run > run) throw laterRun(sessionId, newest.at.run, run);
    const goesOn = newest !== undefined && newest.at.run === run;
    if (newest !== undefined && !goesOn) await log.purge();
    const kept = goesOn ? newest.at.seq + newest.at.rows : 0;
    const seq = Math.max(kept, floor.seq);
    const epoch = Math.max(newest?.at.epoch ?? 0, floor.epoch) + 1;
    const at: LogPosition = { run, epoch, seq, rows: 0, ts: goesOn ? newest.at.ts : 0 };
    const answer = await log.appendAcked({ subject, payload: NOTHING, at, after: last });
    // An older writer is faster. What follows a message that is not one of the log is not kept, until it has noticed.
    if (answer === 'stale') bus.publish(subject, NOTHING);
    else return { epoch, seq, place: answer.place, kept };
  }
}

function laterRun(sessionId: string, there: number, run: number): AegisError {
  return new AegisError('STREAM_FAILED', `the log is at run ${there}: run ${run} is over`, {
    where: `session ${sessionId}`,
  });
}
