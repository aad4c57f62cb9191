import type { ProtocolErrorCode } from '../../model/protocol/protocol-error.ts';
import type { Entry, Step, Transcript } from '../transcript.ts';
import { faults, howEnded, indexOf, isLeft, isRunning, isStep, whatHappened } from './look.ts';
import { broken, type Judge, KEPT, open, type Verdict } from './rule.ts';

type Test = (entry: Entry) => boolean;

export interface FollowsOptions {
  readonly after: Test;
  /** Gets the entry that was found by `after`. */
  readonly expect: (entry: Entry, trigger: Entry) => boolean;
  /** What did not happen. */
  readonly missing: string;
  /** Why the rule could not be judged when there is no `after`. */
  readonly otherwise: string;
}

/** What did not happen after an entry, and how the waiting for it ended. */
export function didNot(transcript: Transcript, from: number, what: string): Verdict {
  const { index, text } = whatHappened(transcript, from);
  return broken(`${what}: ${text}`, Math.min(from, index), index);
}

/** Something has to follow something else. */
export function follows({ after, expect, missing, otherwise }: FollowsOptions): Judge {
  return (transcript) => {
    const index = indexOf(transcript, after);
    const trigger = transcript.entries[index];
    if (trigger === undefined) return open(otherwise);
    const found = indexOf(transcript, (entry) => expect(entry, trigger), index + 1);
    if (found >= 0) return KEPT;
    return didNot(transcript, index, missing);
  };
}

/** Messages that Aegis answers with one of these errors break the rule. `judged`: there was something to judge. */
export function without(codes: readonly ProtocolErrorCode[], judged: Test, otherwise: string): Judge {
  return (transcript) => {
    const fault = faults(transcript).find(({ code, late }) => codes.includes(code) && !late);
    if (fault !== undefined) {
      const answer = `${fault.code}: ${fault.message}`;
      return broken(`Aegis answers it with ${answer}`, Math.max(0, fault.index - 4), fault.index);
    }
    return indexOf(transcript, judged) < 0 ? open(otherwise) : KEPT;
  };
}

/** From a step on to the next one the component neither ends nor leaves. */
export function survives(step: Step, otherwise: string): Judge {
  return (transcript) => {
    const index = indexOf(transcript, isStep(step));
    if (index < 0) return open(otherwise);
    if (departure(transcript, 0, index) !== undefined) return open('it was gone before');
    const next = indexOf(transcript, ({ kind }) => kind === 'step', index + 1);
    const until = next < 0 ? transcript.entries.length : next;
    return departure(transcript, index, until) ?? KEPT;
  };
}

/** The component came to RUNNING on its first connection, and stayed. */
export const comesToRunning: Judge = (transcript) => {
  const running = indexOf(transcript, isRunning);
  if (running >= 0) return departure(transcript, running, transcript.entries.length) ?? KEPT;
  return didNot(transcript, 0, 'it does not come to RUNNING');
};

/** How the component went between two entries; undefined when it is still there. */
export function departure(transcript: Transcript, from: number, until: number): Verdict | undefined {
  const { entries } = transcript;
  const killed = indexOf(transcript, ({ kind }) => kind === 'signalled', from);
  const end = killed < 0 ? until : Math.min(until, killed);
  for (let index = from; index < end; index += 1) {
    const entry = entries[index];
    if (entry === undefined) break;
    if (entry.kind === 'ended') return broken(`the program ended ${howEnded(entry)}`, from, index);
    if (isLeft('control')(entry)) {
      // The end of the process says more than the end of its connection, and follows it at once.
      const ended = indexOf(transcript, ({ kind }) => kind === 'ended', index);
      const died = entries[ended];
      if (died?.kind === 'ended' && ended < end) return broken(`the program ended ${howEnded(died)}`, from, ended);
      return broken('the component ended its control connection', from, index);
    }
    const silent = entry.kind === 'rows' && !entry.taken;
    if (silent) return broken('the rows were not read, or the data connection was closed', from, index);
  }
  return undefined;
}

/** The last entry before the check puts an end to everything. */
export function lastShown({ entries }: Transcript): number {
  const killed = entries.findIndex((entry) => entry.kind === 'signalled' && entry.signal === 'SIGKILL');
  return (killed < 0 ? entries.length : killed) - 1;
}
