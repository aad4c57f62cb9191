import { SHUTDOWN_MS, SIGTERM_MS } from '../limits.ts';
import type { Entry } from '../transcript.ts';
import { follows, lastShown } from './judges.ts';
import { howEnded, indexOf, isMessage, isSent, isStep } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NO_RUNNING = 'it did not come to RUNNING';
const NO_SHUTDOWN = 'it was gone before SHUTDOWN, or never RUNNING';

/** The program ends before the check has to kill it. */
function ends(after: (entry: Entry) => boolean, ms: number, otherwise: string): Judge {
  return (transcript) => {
    const begin = indexOf(transcript, after);
    if (begin < 0) return open(otherwise);
    const killed = indexOf(transcript, (entry) => entry.kind === 'signalled' && entry.signal === 'SIGKILL');
    const ended = indexOf(transcript, ({ kind }) => kind === 'ended');
    if (ended >= 0 && (killed < 0 || ended < killed)) return KEPT;
    return broken(`the program still runs after ${ms / 1_000} s`, begin, lastShown(transcript));
  };
}

const exitsWithZero: Judge = (transcript) => {
  const begin = indexOf(transcript, isSent('SHUTDOWN'));
  const index = indexOf(transcript, ({ kind }) => kind === 'ended', Math.max(0, begin));
  const entry = transcript.entries[index];
  if (begin < 0) return open(NO_SHUTDOWN);
  if (entry?.kind !== 'ended' || entry.signal === 'SIGKILL') return open('it did not end by itself');
  return entry.code === 0 ? KEPT : broken(`the program ended ${howEnded(entry)}`, begin, index);
};

/** SHUTDOWN, REBORN and signals. */
export const ENDING_RULES: readonly Rule[] = [
  {
    id: 'control.shutdown.ack',
    level: 'MUST',
    section: 'messages',
    text: 'acknowledges SHUTDOWN',
    remedy: 'Answer ACK before you end the connection.',
    scenarios: ['lifecycle'],
    judge: follows({
      after: isSent('SHUTDOWN'),
      expect: isMessage('ack'),
      missing: 'no ACK of SHUTDOWN',
      otherwise: NO_SHUTDOWN,
    }),
  },
  {
    id: 'process.shutdown.ends',
    level: 'SHOULD',
    section: 'times-and-limits',
    text: 'ends within 2 s after SHUTDOWN, and does not come back',
    remedy: 'End the connection after the ACK and leave: Aegis sends SIGTERM after 2 s.',
    scenarios: ['lifecycle'],
    judge: ends(isSent('SHUTDOWN'), SHUTDOWN_MS, NO_SHUTDOWN),
  },
  {
    id: 'process.shutdown.code',
    level: 'SHOULD',
    section: 'messages',
    text: 'exits with 0 after SHUTDOWN',
    remedy: 'Another code makes operators look for a fault.',
    scenarios: ['lifecycle'],
    judge: exitsWithZero,
  },
  {
    id: 'process.sigterm',
    level: 'SHOULD',
    section: 'times-and-limits',
    text: 'ends within 3 s after SIGTERM',
    remedy: 'Do not ignore SIGTERM: SIGKILL follows.',
    scenarios: ['sigterm'],
    judge: ends(isStep('sigterm'), SIGTERM_MS, NO_RUNNING),
  },
  {
    id: 'control.reborn.ack',
    level: 'SHOULD',
    section: 'reborn',
    text: 'acknowledges REBORN within 15 s',
    remedy: 'Forget what belongs to the last run and answer ACK; Aegis starts the program anew otherwise.',
    scenarios: ['reborn'],
    judge: follows({
      after: isSent('REBORN'),
      expect: isMessage('ack'),
      missing: 'no ACK of REBORN',
      otherwise: NO_RUNNING,
    }),
  },
];
