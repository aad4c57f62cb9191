import type { EntryOf, Transcript } from '../transcript.ts';
import { handshakes } from './data.ts';
import { lastShown } from './judges.ts';
import { indexOf, isMessage, isStep } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NO_ACK = 'it does not acknowledge rows';

/** Judges the handshakes that say something; `wrong` tells what is wrong with one. */
function positions(
  says: (handshake: EntryOf<'handshake'>) => boolean,
  wrong: (handshake: EntryOf<'handshake'>) => string | undefined,
  otherwise: string,
): Judge {
  return (transcript) => {
    const saying = handshakes(transcript).filter(([index, entry]) => says(entry) && !beforeReborn(transcript, index));
    if (saying.length === 0) return open(otherwise);
    for (const [index, entry] of saying) {
      const problem = wrong(entry);
      if (problem !== undefined) return broken(problem, Math.max(0, index - 6), index);
    }
    return KEPT;
  };
}

/** It has come back before it has read REBORN: what it says is of the run before, and Aegis does not look at it. */
function beforeReborn(transcript: Transcript, index: number): boolean {
  const step = indexOf(transcript, isStep('reborn'));
  if (step < 0 || index < step) return false;
  const acked = indexOf(transcript, isMessage('ack'), step);
  return acked < 0 || index < acked;
}

function wrongReceived({ handshake, written }: EntryOf<'handshake'>): string | undefined {
  const received = handshake?.claim.received;
  if (received === undefined || received === written.bytes) return undefined;
  const effect = received > written.bytes ? 'rows would be lost' : 'rows would come twice';
  return `received is ${received} and ${written.bytes} bytes of whole rows were written: ${effect}`;
}

function wrongFrom({ handshake, written, run }: EntryOf<'handshake'>): string | undefined {
  const { from, run: claimed } = handshake?.claim ?? {};
  if (typeof from !== 'number' || (claimed !== undefined && claimed !== run)) return undefined;
  if (from <= written.rows) return undefined;
  return `from is ${from} and ${written.rows} rows were written in run ${run}: rows would be lost`;
}

const acknowledges: Judge = (transcript) => {
  const acks = transcript.entries.flatMap((entry, index) => (entry.kind === 'ack' ? [{ entry, index }] : []));
  const judged = acks.filter(({ entry }) => entry.strict || entry.acked !== undefined);
  if (judged.length === 0) return open(NO_ACK);
  for (const { entry, index } of judged) {
    if (entry.strict && entry.problem !== undefined) return broken(entry.problem, index);
    if (entry.acked !== undefined && entry.acked > entry.written) {
      const problem = `it acknowledges ${entry.acked} rows and ${entry.written} were written`;
      return broken(problem, Math.max(0, index - 3), index);
    }
  }
  return KEPT;
};

const acknowledgesAll: Judge = (transcript) => {
  const quiet = indexOf(transcript, isStep('quiet'));
  const last = transcript.entries.findLast((entry) => entry.kind === 'ack' && entry.acked !== undefined);
  if (quiet < 0 || last?.kind !== 'ack') return open(NO_ACK);
  if (last.acked === last.written) return KEPT;
  const problem = `the last acknowledgement is ${last.acked} of ${last.written} rows`;
  return broken(problem, transcript.entries.indexOf(last), lastShown(transcript));
};

/** What a component may ask for in its data handshake, and acknowledgements. */
export const POSITION_RULES: readonly Rule[] = [
  {
    id: 'data.received',
    level: 'MUST',
    section: 'positions-epochs-recovery',
    document: 'stream',
    text: 'states as received the bytes of the whole rows that it got since its start or the last REBORN',
    remedy: 'Count whole lines with their newlines; forget a torn one; begin with 0 after REBORN.',
    scenarios: ['lifecycle', 'lost-data', 'reborn'],
    judge: positions(
      ({ handshake }) => handshake?.claim.received !== undefined,
      wrongReceived,
      'its handshake has no received',
    ),
  },
  {
    id: 'data.from',
    level: 'MUST',
    section: 'numbers-positions-acknowledgements',
    document: 'stream',
    text: 'asks with from for no row beyond the next one',
    remedy: 'Give the number of the row after the last that you have, and the run that it counts in.',
    scenarios: ['lifecycle', 'lost-data', 'reborn'],
    judge: positions(
      ({ handshake }) => typeof handshake?.claim.from === 'number',
      wrongFrom,
      'its handshake has no from with a number',
    ),
  },
  {
    id: 'data.ack',
    level: 'MUST',
    section: 'numbers-positions-acknowledgements',
    document: 'stream',
    text: 'acknowledges rows that it has got, and writes nothing else after a handshake with seq or from',
    remedy: 'Write {"ack":<number of the last processed row + 1>} on a line.',
    scenarios: ['lifecycle', 'rows', 'lost-data', 'reborn'],
    judge: acknowledges,
  },
  {
    id: 'data.ack.all',
    level: 'SHOULD',
    section: 'numbers-positions-acknowledgements',
    document: 'stream',
    text: 'acknowledges the last row as well',
    remedy: 'Acknowledge also when no further row comes: the end of a run waits 5 s for it.',
    scenarios: ['rows'],
    judge: acknowledgesAll,
  },
];
