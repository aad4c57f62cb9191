import type { DataStreamStatus } from './events.ts';
import type { LiveRun } from './live/live-run.ts';
import type { StreamRun } from './stream-run.ts';

/** What a status says of the run. */
export type StreamProgress = Omit<DataStreamStatus, 'epoch' | 'unreadable' | 'components'>;

export function recordedProgress(run: StreamRun | undefined): StreamProgress {
  if (run === undefined) return { run: 0, seq: 0, credited: 0, started: false, finished: false };
  const { expectedSeq: seq, creditedSeq: credited, ts, started, finished } = run;
  return { run: run.run, seq, credited, started, finished, ...(ts === undefined ? {} : { ts }) };
}

export function liveProgress(live: LiveRun): StreamProgress {
  const { seq, takenSeq: credited, ts, started, finished } = live;
  // Right after a restart `seq` says nothing yet: whoever joins must not begin there.
  const run = live.known ? live.run : 0;
  return { run, seq, credited, started, finished, ...(ts === undefined ? {} : { ts }) };
}
