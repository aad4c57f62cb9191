import type { Step } from '../transcript.ts';
import { didNot, lastShown, survives } from './judges.ts';
import { howEnded, indexOf, isGreeting, isMessage, isOpened, isRunning, isSent, isStep } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NO_RUNNING = 'it did not come to RUNNING';
const NO_REGISTER = 'it did not send REGISTER';

function comesBack(step: Step): Judge {
  return (transcript) => {
    const lost = indexOf(transcript, isStep(step));
    if (lost < 0) return open(NO_RUNNING);
    if (indexOf(transcript, isRunning, lost) >= 0) return KEPT;
    const opened = indexOf(transcript, isOpened('control'), lost);
    const what = opened < 0 ? 'it does not connect again' : 'it does not come to RUNNING again';
    return didNot(transcript, lost, what);
  };
}

const triesAgain: Judge = (transcript) => {
  const closed = indexOf(transcript, (entry) => entry.kind === 'closed' && entry.socket === 'control');
  if (indexOf(transcript, isMessage('register')) < 0 || closed < 0) return open(NO_REGISTER);
  if (indexOf(transcript, isRunning, closed) >= 0) return KEPT;
  return didNot(transcript, closed + 1, 'it does not come to RUNNING');
};

const sameId: Judge = (transcript) => {
  const { assignedId } = transcript.given;
  const first = indexOf(transcript, isSent('REGISTERED'));
  const index = indexOf(transcript, isMessage('register'), first + 1);
  const entry = transcript.entries[index];
  if (first < 0 || entry === undefined || !isMessage('register')(entry)) return open('it did not come back');
  const { componentId = '' } = entry.inbound.message.registration;
  return componentId === assignedId ? KEPT : broken(`component_id is "${componentId}", not "${assignedId}"`, index);
};

/** Data connections are not given up because the control connection is lost. */
const keepsData: Judge = (transcript) => {
  const lost = indexOf(transcript, isStep('lose-control'));
  if (lost < 0 || indexOf(transcript, isGreeting) < 0) return open('it had no data connection');
  const running = indexOf(transcript, isRunning, lost);
  if (running < 0) return open('it did not come back');
  const closed = indexOf(transcript, (entry) => entry.kind === 'closed' && entry.socket === 'data', lost);
  return closed < 0 || closed > lastShown(transcript) ? KEPT : broken('it closed its data connection', lost, closed);
};

const outlivesSilence: Judge = (transcript) => {
  const begin = indexOf(transcript, isStep('silence'));
  if (begin < 0) return open(NO_RUNNING);
  const killed = indexOf(transcript, ({ kind }) => kind === 'signalled', begin);
  const index = indexOf(transcript, ({ kind }) => kind === 'ended', begin);
  const entry = transcript.entries[index];
  if (entry?.kind !== 'ended' || (killed >= 0 && killed < index)) return KEPT;
  return broken(`the program ended ${howEnded(entry)}`, begin, index);
};

const refusal = isSent('RUNTIME_ERROR');

const staysAway: Judge = (transcript) => {
  const refused = indexOf(transcript, refusal);
  if (refused < 0) return open(NO_REGISTER);
  const again = indexOf(transcript, isMessage('register'), refused);
  return again < 0 ? KEPT : broken('it registers again', refused, again);
};

const endsRefused: Judge = (transcript) => {
  const refused = indexOf(transcript, refusal);
  if (refused < 0) return open(NO_REGISTER);
  if (indexOf(transcript, isMessage('register'), refused) >= 0) return open('it registers again');
  const killed = indexOf(transcript, ({ kind }) => kind === 'signalled');
  const ended = indexOf(transcript, ({ kind }) => kind === 'ended');
  if (ended >= 0 && (killed < 0 || ended < killed)) return KEPT;
  return didNot(transcript, refused, 'it does not end');
};

/** Errors, lost connections, silence. */
export const RECONNECTION_RULES: readonly Rule[] = [
  {
    id: 'control.error.recoverable',
    level: 'MUST',
    section: 'errors',
    text: 'goes on after an ERROR that is recoverable',
    remedy: 'Write it to the log: the message that was wrong had no effect, nothing else happened.',
    scenarios: ['recoverable-error'],
    judge: survives('recoverable-error', NO_RUNNING),
  },
  {
    id: 'control.error.final',
    level: 'SHOULD',
    section: 'errors',
    text: 'comes back after an ERROR that ends the connection',
    remedy: 'Connect again after 3 s and repeat the sequence from REGISTER.',
    scenarios: ['final-error'],
    judge: comesBack('final-error'),
  },
  {
    id: 'control.reconnect',
    level: 'SHOULD',
    section: 'a-session-from-the-components-side',
    text: 'comes back when the control connection is lost',
    remedy: 'Connect again after 3 s, then more slowly: aegisd may be restarted at any time.',
    scenarios: ['lost-control'],
    judge: comesBack('lose-control'),
  },
  {
    id: 'control.reconnect.id',
    level: 'MUST',
    section: 'a-session-from-the-components-side',
    text: 'comes back with the id that REGISTERED gave',
    remedy: 'Keep component_id for as long as the process lives.',
    scenarios: ['lost-control', 'final-error'],
    judge: sameId,
  },
  {
    id: 'control.reconnect.data',
    level: 'SHOULD',
    section: 'a-session-from-the-components-side',
    text: 'keeps its data connection when the control connection is lost',
    remedy: 'Treat the two sockets as independent: a historical session waits for a data connection that is closed.',
    scenarios: ['lost-control'],
    judge: keepsData,
  },
  {
    id: 'control.silence',
    level: 'MUST',
    section: 'times-and-limits',
    text: 'outlives 8 s without a message of Aegis',
    remedy: 'Do not end the program in silence: wait, or connect again.',
    scenarios: ['silence'],
    judge: outlivesSilence,
  },
  {
    id: 'control.refused.final',
    level: 'MUST',
    section: 'register',
    text: 'does not try again after an ERROR in answer to REGISTER',
    remedy: 'Treat an ERROR in answer to REGISTER as final.',
    scenarios: ['refused'],
    judge: staysAway,
  },
  {
    id: 'control.refused.ends',
    level: 'SHOULD',
    section: 'register',
    text: 'ends itself when REGISTER was refused',
    remedy: 'Say why on standard error and exit.',
    scenarios: ['refused'],
    judge: endsRefused,
  },
  {
    id: 'control.not-ready',
    level: 'SHOULD',
    section: 'register',
    text: 'tries again when the connection ends without an answer to REGISTER',
    remedy: 'Connect again after 3 s, then less often: Aegis is starting.',
    scenarios: ['not-ready'],
    judge: triesAgain,
  },
];
