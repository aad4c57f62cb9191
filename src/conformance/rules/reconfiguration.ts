import type { ComponentState } from '../../model/component-state.ts';
import { RECONFIGURE_MS } from '../limits.ts';
import type { Transcript } from '../transcript.ts';
import { didNot, lastShown } from './judges.ts';
import { indexOf, isGreeting, isLeft, isMessage, isStep } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule, type Verdict } from './rule.ts';

const NOT_DECLARED = 'it has not said reconfigurable at REGISTER';
/** What belongs to the way to RUNNING. */
const HANDSHAKE_STATES: readonly ComponentState[] = ['INITIALIZING', 'READY', 'CONFIGURED'];

/** Judges what follows the CONFIGURE of this scenario. */
function afterwards(judge: (transcript: Transcript, sent: number) => Verdict): Judge {
  return (transcript) => {
    const sent = indexOf(transcript, isStep('reconfigure'));
    return sent < 0 ? open(NOT_DECLARED) : judge(transcript, sent);
  };
}

const answers = afterwards((transcript, sent) => {
  const refuses = isMessage('runtimeError');
  const index = indexOf(transcript, (entry) => isMessage('ack')(entry) || refuses(entry), sent);
  const entry = transcript.entries[index];
  if (entry === undefined) return didNot(transcript, sent, 'no answer to CONFIGURE');
  if (!refuses(entry)) return KEPT;
  const { code, recoverable } = entry.inbound.message;
  if (code !== 'CONFIGURE_FAILED') return broken(`it answers with the code ${code}`, sent, index);
  return recoverable ? KEPT : broken('recoverable is not true, which ends the component', sent, index);
});

const staysRunning = afterwards((transcript, sent) => {
  const isEarly = (state: ComponentState): boolean => HANDSHAKE_STATES.includes(state);
  const index = indexOf(
    transcript,
    (entry) => isMessage('stateUpdate')(entry) && isEarly(entry.inbound.message.state),
    sent,
  );
  return index < 0 ? KEPT : broken('it begins its way to RUNNING again', sent, index);
});

const keepsData = afterwards((transcript, sent) => {
  if (indexOf(transcript, isGreeting) < 0) return open('it had no data connection');
  const shown = lastShown(transcript);
  const gone = indexOf(transcript, (entry) => entry.kind === 'ended' || isLeft('control')(entry), sent);
  if (gone >= 0 && gone <= shown) return open('it did not stay');
  const closed = indexOf(transcript, (entry) => entry.kind === 'closed' && entry.socket === 'data', sent);
  return closed < 0 || closed > shown ? KEPT : broken('it closed its data connection', sent, closed);
});

/** CONFIGURE while RUNNING, for components that have said that they take it. */
export const RECONFIGURATION_RULES: readonly Rule[] = [
  {
    id: 'control.reconfigure.answer',
    level: 'MUST',
    section: 'configure',
    text: `answers a CONFIGURE while RUNNING within ${RECONFIGURE_MS / 1_000} s, when it has said reconfigurable`,
    remedy: 'Answer ACK, or RUNTIME_ERROR with the code CONFIGURE_FAILED and recoverable true.',
    scenarios: ['reconfigure'],
    judge: answers,
  },
  {
    id: 'control.reconfigure.state',
    level: 'MUST',
    section: 'configure',
    text: 'stays RUNNING when a CONFIGURE comes',
    remedy: 'CONFIGURED and RUNNING follow the first CONFIGURE of a connection only.',
    scenarios: ['reconfigure'],
    judge: staysRunning,
  },
  {
    id: 'control.reconfigure.data',
    level: 'SHOULD',
    section: 'configure',
    text: 'keeps its data connection when a CONFIGURE comes while RUNNING',
    remedy: 'Topics and socket are the same: a historical session waits for a data connection that is closed.',
    scenarios: ['reconfigure'],
    judge: keepsData,
  },
];
