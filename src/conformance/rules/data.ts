import type { Entry, EntryOf, Transcript } from '../transcript.ts';
import { departure, didNot, lastShown, survives } from './judges.ts';
import { indexOf, isGreeting, isOpened, isRunning, isStep } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NO_ROWS = 'it had no data connection';
const NO_TOPICS = 'it declares no topics';

const connects: Judge = (transcript) => {
  const running = indexOf(transcript, isRunning);
  if (running < 0) return open('it did not come to RUNNING');
  if (declaresNothing(transcript)) return open(NO_TOPICS);
  if (indexOf(transcript, ({ kind }) => kind === 'handshake') >= 0) return KEPT;
  const opened = indexOf(transcript, isOpened('data'));
  const what = opened < 0 ? 'no data connection' : 'no line on its data connection';
  return didNot(transcript, running, what);
};

/** Ids are another rule's for a component that is started by hand. */
const greets: Judge = (transcript) => {
  if (declaresNothing(transcript)) return open(NO_TOPICS);
  const index = indexOf(transcript, (entry) => entry.kind === 'handshake' && entry.problem !== undefined);
  const entry = transcript.entries[index];
  if (entry?.kind === 'handshake') return broken(`Aegis answers it with "${entry.problem}"`, index);
  return indexOf(transcript, ({ kind }) => kind === 'handshake') < 0 ? open(NO_ROWS) : KEPT;
};

/** Rows that were written after the loss of a connection, if the component came back for them. */
function reopens(lost: (entry: Entry) => boolean): Judge {
  return (transcript) => {
    const losses = transcript.entries.flatMap((entry, index) => (lost(entry) ? [index] : []));
    if (losses.length === 0 || indexOf(transcript, isGreeting) < 0) return open(NO_ROWS);
    for (const loss of losses) {
      const back = indexOf(transcript, ({ kind }) => kind === 'handshake', loss);
      if (back < 0) {
        return didNot(transcript, loss, 'no new data connection');
      }
    }
    return KEPT;
  };
}

const triesAgain: Judge = (transcript) => {
  const first = indexOf(transcript, ({ kind }) => kind === 'handshake');
  if (first < 0) return open(NO_ROWS);
  if (indexOf(transcript, ({ kind }) => kind === 'handshake', first + 1) >= 0) return KEPT;
  return didNot(transcript, first, 'it does not try again');
};

const keepsUnknownFields: Judge = (transcript) => {
  const begin = indexOf(transcript, isStep('one-write'));
  if (begin < 0) return open(NO_ROWS);
  return departure(transcript, begin, transcript.entries.length) ?? closedData(transcript, begin) ?? KEPT;
};

function closedData(transcript: Transcript, from: number) {
  const index = indexOf(transcript, (entry) => entry.kind === 'closed' && entry.socket === 'data', from);
  const byComponent = index >= 0 && index <= lastShown(transcript);
  return byComponent ? broken('it closed its data connection', from, index) : undefined;
}

function declaresNothing(transcript: Transcript): boolean {
  return transcript.entries.some(
    (entry) => entry.kind === 'sent' && entry.body.command === 'CONFIGURE' && entry.body.payload.topics.length === 0,
  );
}

export function handshakes({ entries }: Transcript): readonly (readonly [number, EntryOf<'handshake'>])[] {
  return entries.flatMap((entry, index) => (entry.kind === 'handshake' ? [[index, entry] as const] : []));
}

/** The data socket, as every component uses it. */
export const DATA_RULES: readonly Rule[] = [
  {
    id: 'data.connect',
    level: 'MUST',
    section: 'delivery',
    text: 'opens its data connection within 15 s after RUNNING',
    remedy: 'Connect to data_stream_socket of CONFIGURE and send the handshake, or declare no topics.',
    scenarios: ['lifecycle'],
    judge: connects,
  },
  {
    id: 'data.handshake',
    level: 'MUST',
    section: 'handshake',
    text: 'makes a correct handshake',
    remedy: 'Send component_id and, as session_token, the session_id of REGISTERED, on one line.',
    scenarios: ['lifecycle'],
    judge: greets,
  },
  {
    id: 'data.refused',
    level: 'SHOULD',
    section: 'handshake',
    text: 'tries again when its handshake is refused',
    remedy: 'Look at status of the answer; connect again after a second.',
    scenarios: ['data-refused'],
    judge: triesAgain,
  },
  {
    id: 'data.rows.one-write',
    level: 'MUST',
    section: 'rows',
    text: 'takes ten rows that come in one write',
    remedy: 'Split what was read at newlines.',
    scenarios: ['rows'],
    judge: survives('one-write', NO_ROWS),
  },
  {
    id: 'data.rows.pieces',
    level: 'MUST',
    section: 'rows',
    text: 'takes rows that come in pieces',
    remedy: 'Keep the part of a line whose newline has not come yet.',
    scenarios: ['rows'],
    judge: survives('pieces', NO_ROWS),
  },
  {
    id: 'data.rows.read',
    level: 'MUST',
    section: 'delivery',
    text: 'reads its rows: 6,000 within 10 s',
    remedy: 'Read the data socket all the time: the slowest component sets the pace of a historical session.',
    scenarios: ['rows'],
    judge: survives('bulk', NO_ROWS),
  },
  {
    id: 'data.rows.unknown-fields',
    level: 'MUST',
    section: 'rows',
    text: 'ignores fields of rows that it does not know',
    remedy: 'Later versions may add fields to rows and their data.',
    scenarios: ['unknown-fields'],
    judge: keepsUnknownFields,
  },
  {
    id: 'data.quiet',
    level: 'MUST',
    section: 'rows',
    text: 'stays when no rows come: the session is paused, or its data have ended',
    remedy: 'End at SHUTDOWN, not when the stream is silent.',
    scenarios: ['rows'],
    judge: survives('quiet', NO_ROWS),
  },
  {
    id: 'data.reconnect',
    level: 'SHOULD',
    section: 'delivery',
    text: 'opens a lost data connection again, and forgets the torn row',
    remedy: 'Connect again after 0.5 to 1 s, with the same handshake.',
    scenarios: ['lost-data'],
    judge: reopens(isStep('lose-data')),
  },
  {
    id: 'data.reborn',
    level: 'SHOULD',
    section: 'reborn',
    text: 'opens its data connection again after REBORN',
    remedy: 'The data connection was closed before REBORN: connect again.',
    scenarios: ['reborn'],
    judge: reopens(isStep('reborn')),
  },
];
