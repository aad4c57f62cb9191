import { comesToRunning } from './judges.ts';
import { indexOf, isStep } from './look.ts';
import { type Judge, KEPT, open, type Rule } from './rule.ts';

const untilRows: Judge = (transcript) =>
  indexOf(transcript, isStep('one-write')) >= 0 ? KEPT : comesToRunning(transcript);

const unlessBinary: Judge = (transcript) => {
  const binary = transcript.entries.some((entry) => entry.kind === 'message' && entry.dialect === 'binary');
  return binary ? open('the binary dialect has no lines') : comesToRunning(transcript);
};

/** How messages of Aegis may look and arrive. */
export const READING_RULES: readonly Rule[] = [
  {
    id: 'control.slow-answers',
    level: 'MUST',
    section: 'times-and-limits',
    text: 'waits for answers that come after 1.5 s',
    remedy: 'Aegis may take 14 s for an answer: wait at least 15 s before you give a connection up.',
    scenarios: ['slow-answers'],
    judge: comesToRunning,
  },
  {
    id: 'control.fragments',
    level: 'MUST',
    section: 'writing-a-client',
    text: 'reads messages that come in pieces',
    remedy: 'Read until the newline (or the length of the frame) before you decode.',
    scenarios: ['fragments'],
    judge: comesToRunning,
  },
  {
    id: 'control.joined',
    level: 'MUST',
    section: 'writing-a-client',
    text: 'reads two messages that come in one piece',
    remedy: 'Keep what was read beyond a message: one reader for as long as the connection lives.',
    scenarios: ['joined'],
    judge: comesToRunning,
  },
  {
    id: 'control.unknown-fields',
    level: 'MUST',
    section: 'envelope',
    text: 'ignores fields that it does not know, and the order of fields',
    remedy: 'Make the decoder accept additional fields in envelopes and payloads.',
    scenarios: ['unknown-fields'],
    judge: untilRows,
  },
  {
    id: 'control.empty-lines',
    level: 'SHOULD',
    section: 'envelope',
    text: 'ignores empty lines (JSON dialect)',
    remedy: 'Skip lines that hold nothing but blanks.',
    scenarios: ['empty-lines'],
    judge: unlessBinary,
  },
];
