import type { Phase } from '../../gateway/control/conversation.ts';
import { SCENARIO_IDS } from '../scenario-ids.ts';
import type { Entry, Transcript } from '../transcript.ts';
import { didNot, follows, without } from './judges.ts';
import { faults, indexOf, isMessage, isRunning, isSent } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NO_RUNNING = 'it did not come to RUNNING';

/** The ACK comes before CONFIGURED, or names CONFIGURE. */
function acknowledges({ entries }: Transcript, configure: number, entry: Entry, index: number): boolean {
  if (!isMessage('ack')(entry)) return false;
  const sent = entries[configure];
  if (sent?.kind === 'sent' && entry.fields.correlation_id === sent.id) return true;
  const over = entries.findIndex((each, at) => at > configure && each.kind === 'phase' && isOver(each.phase));
  return over < 0 || index < over;
}

function isOver(phase: Phase): boolean {
  return phase === 'configured' || phase === 'running';
}

const acknowledgesConfigure: Judge = (transcript) => {
  const configure = indexOf(transcript, isSent('CONFIGURE'));
  if (configure < 0) return open('it was not sent CONFIGURE');
  if (
    transcript.entries.some((entry, index) => index > configure && acknowledges(transcript, configure, entry, index))
  ) {
    return KEPT;
  }
  const failed = indexOf(transcript, isMessage('runtimeError'), configure);
  const entry = transcript.entries[failed];
  if (entry !== undefined && isMessage('runtimeError')(entry)) {
    return open(`it refused its configuration with ${entry.inbound.message.code}; --config gives another one`);
  }
  const running = indexOf(transcript, isRunning, configure);
  if (running >= 0) return broken('no ACK of CONFIGURE before CONFIGURED', configure, running);
  return didNot(transcript, configure, 'no ACK of CONFIGURE');
};

/** Broken only when nothing explains why RUNNING did not come: another rule tells the rest. */
const comesThere: Judge = (transcript) => {
  if (indexOf(transcript, isRunning) >= 0) return KEPT;
  const registered = indexOf(transcript, isSent('REGISTERED'));
  if (registered < 0) return open('it was not registered');
  const fault = faults(transcript).find(({ late }) => !late);
  if (fault !== undefined) return open(`Aegis ended the connection: ${fault.code}`);
  const configure = indexOf(transcript, isSent('CONFIGURE'));
  if (configure >= 0 && acknowledgesConfigure(transcript).verdict !== 'kept')
    return open('it did not acknowledge CONFIGURE');
  return didNot(transcript, registered, NO_RUNNING);
};

const saysInitializing: Judge = (transcript) => {
  const registered = indexOf(transcript, isSent('REGISTERED'));
  if (registered < 0) return open('it was not registered');
  const configure = indexOf(transcript, isSent('CONFIGURE'));
  const said = indexOf(transcript, isState('INITIALIZING'), registered);
  if (said >= 0 && (configure < 0 || said < configure)) return KEPT;
  if (configure < 0) return open('it said nothing after REGISTERED');
  return broken('it waits for CONFIGURE, which costs 3 s', registered, configure);
};

const correlates: Judge = (transcript) => {
  const sent = new Set(transcript.entries.flatMap((entry) => (entry.kind === 'sent' ? [entry.id] : [])));
  const answers = transcript.entries.flatMap((entry, index) =>
    isMessage('ack')(entry) || isMessage('pong')(entry) ? [{ index, id: entry.fields.correlation_id }] : [],
  );
  if (answers.length === 0) return open('it sent neither ACK nor PONG');
  const wrong = answers.find(({ id }) => typeof id !== 'string' || !sent.has(id));
  return wrong === undefined ? KEPT : broken('correlation_id is not the id of a message of Aegis', wrong.index);
};

const newIds: Judge = (transcript) => {
  const seen = new Set<string>();
  for (const [index, entry] of transcript.entries.entries()) {
    const { message_id: id } = entry.kind === 'message' ? entry.fields : {};
    if (typeof id !== 'string' || id === '') continue;
    if (seen.has(id)) return broken(`message_id "${id}" was used before`, index);
    seen.add(id);
  }
  return seen.size === 0 ? open('it sent no message') : KEPT;
};

function isState(state: string) {
  return (entry: Parameters<ReturnType<typeof isMessage>>[0]): boolean =>
    isMessage('stateUpdate')(entry) && entry.inbound.message.state === state;
}

/** From REGISTERED to SHUTDOWN, as long as nothing goes wrong. */
export const CONVERSATION_RULES: readonly Rule[] = [
  {
    id: 'control.states.order',
    level: 'MUST',
    section: 'component-states',
    text: 'reports states in a legal order',
    remedy: 'INITIALIZING, READY; after CONFIGURE: ACK, CONFIGURED, RUNNING. The ERROR says what is legal.',
    // There control.reconfigure.state says more.
    scenarios: SCENARIO_IDS.filter((id) => id !== 'reconfigure'),
    judge: without(['UNEXPECTED_STATE', 'STATE_TRANSITION_FAILED'], isMessage('stateUpdate'), 'it reported no state'),
  },
  {
    id: 'control.states.running',
    level: 'MUST',
    section: 'a-session-from-the-components-side',
    text: 'comes to RUNNING, each step in its time',
    remedy: 'Say READY within 30 s after INITIALIZING, CONFIGURED and RUNNING after CONFIGURE.',
    scenarios: ['lifecycle'],
    judge: comesThere,
  },
  {
    id: 'control.states.initializing',
    level: 'SHOULD',
    section: 'configure',
    text: 'says INITIALIZING at once after REGISTERED',
    remedy: 'Say INITIALIZING first and do slow work after it.',
    scenarios: ['lifecycle'],
    judge: saysInitializing,
  },
  {
    id: 'control.words',
    level: 'MUST',
    section: 'messages',
    text: 'sends only messages that a component may send, each in its place',
    remedy: 'Remove the message that the ERROR names.',
    judge: without(
      ['UNEXPECTED_MESSAGE', 'UNKNOWN_COMMAND', 'UNKNOWN_MESSAGE_TYPE'],
      isMessage('register'),
      'it was not registered',
    ),
  },
  {
    id: 'control.limits',
    level: 'MUST',
    section: 'times-and-limits',
    text: 'keeps the limits on length and number of messages',
    remedy: 'Send fewer messages, or shorter ones; declare fewer topics.',
    judge: without(['LIMIT_EXCEEDED', 'REGISTRATION_FAILED'], isMessage('register'), 'it was not registered'),
  },
  {
    id: 'control.message-id',
    level: 'SHOULD',
    section: 'envelope',
    text: 'chooses a new message_id for each message',
    remedy: 'Use a UUID, or a counter with something random before it.',
    judge: newIds,
  },
  {
    id: 'control.correlation',
    level: 'SHOULD',
    section: 'envelope',
    text: 'names in ACK and PONG the message that it answers',
    remedy: 'Give the message_id of what you answer as correlation_id.',
    judge: correlates,
  },
  {
    id: 'control.configure.ack',
    level: 'MUST',
    section: 'messages',
    text: 'acknowledges CONFIGURE within 15 s',
    remedy: 'Answer ACK, or RUNTIME_ERROR with the code CONFIGURE_FAILED.',
    scenarios: ['lifecycle'],
    judge: acknowledgesConfigure,
  },
  {
    id: 'control.ping.pong',
    level: 'MUST',
    section: 'messages',
    text: 'answers PING with PONG',
    remedy: 'Answer from the loop that reads the control socket: after 15 s of silence Aegis ends the connection.',
    scenarios: ['lifecycle'],
    judge: follows({ after: isSent('PING'), expect: isMessage('pong'), missing: 'no PONG', otherwise: NO_RUNNING }),
  },
];
