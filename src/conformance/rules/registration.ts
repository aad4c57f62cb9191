import { topicProblem, topicsFromCapabilities } from '../../model/topic.ts';
import type { Entry } from '../transcript.ts';
import { didNot, without } from './judges.ts';
import { faults, indexOf, isMessage, isOpened } from './look.ts';
import { broken, type Judge, KEPT, open, type Rule } from './rule.ts';

const NOTHING = 'it sent no message that can be read';
const NO_REGISTER = 'it did not send REGISTER';

const connects: Judge = (transcript) => {
  if (indexOf(transcript, isOpened('control')) >= 0) return KEPT;
  return didNot(transcript, 0, 'it does not connect');
};

const speaksDialect: Judge = (transcript) => {
  const { dialect } = transcript.given;
  if (dialect === undefined) return open('no --dialect was given');
  const index = indexOf(transcript, ({ kind }) => kind === 'message');
  const first = transcript.entries[index];
  if (first?.kind !== 'message') return open(NOTHING);
  if (first.dialect === dialect) return KEPT;
  return broken(`it speaks ${first.dialect}, not ${dialect}`, index);
};

const registersFirst: Judge = (transcript) => {
  const unreadable = faults(transcript).some(({ code }) => code === 'DECODE_ERROR' || code === 'INVALID_ENVELOPE');
  const opened = indexOf(transcript, isOpened('control'));
  if (opened < 0) return open('it does not connect');
  const first = indexOf(transcript, ({ kind }) => kind === 'message');
  const entry = transcript.entries[first];
  if (entry === undefined) {
    return didNot(transcript, opened, 'it does not send REGISTER');
  }
  if (isRegister(entry)) return KEPT;
  return unreadable ? open('its first message cannot be read') : broken('its first message is not REGISTER', first);
};

const keepsId: Judge = (transcript) => {
  const index = indexOf(transcript, isMessage('register'));
  const entry = transcript.entries[index];
  if (entry === undefined || !isMessage('register')(entry)) return open(NO_REGISTER);
  const { componentId: expected } = transcript.given;
  const { componentId = '' } = entry.inbound.message.registration;
  if (componentId === expected) return KEPT;
  return broken(`component_id is "${componentId}" and AEGIS_COMPONENT_ID is "${expected}"`, index);
};

const declaresTopics: Judge = (transcript) => {
  const index = indexOf(transcript, isMessage('register'));
  const entry = transcript.entries[index];
  if (entry === undefined || !isMessage('register')(entry)) return open(NO_REGISTER);
  const { capabilities } = entry.inbound.message.registration;
  const topics = topicsFromCapabilities(capabilities);
  if (topics.length === 0 && capabilities.streams.length > 0) {
    return open('it asks for streams, and its symbols or timeframes give no topic');
  }
  if (topics.length === 0) return open('it declares no topics');
  const { mode } = transcript.given;
  const problem = topics.map((topic) => topicProblem(topic, mode)).find((each) => each !== undefined);
  return problem === undefined ? KEPT : broken(problem, index);
};

const readsIdsFromRegistered: Judge = (transcript) => {
  const index = indexOf(transcript, ({ kind }) => kind === 'handshake');
  const entry = transcript.entries[index];
  if (entry?.kind !== 'handshake') return open('it has made no data handshake');
  if (entry.problem === 'unknown component_id' || entry.problem === 'invalid session_token') {
    return broken(`the data handshake is refused: ${entry.problem}`, indexOf(transcript, isMessage('register')), index);
  }
  return KEPT;
};

function isRegister(entry: Entry): boolean {
  return entry.kind === 'message' && entry.fields.command === 'REGISTER';
}

/** From the connection to REGISTERED. */
export const REGISTRATION_RULES: readonly Rule[] = [
  {
    id: 'control.connect',
    level: 'MUST',
    section: 'environment',
    text: 'connects to the socket that AEGIS_SOCKET names',
    remedy: 'Read AEGIS_SOCKET (or AEGIS_COMPONENT_SOCKET) and connect a Unix stream socket to it.',
    scenarios: ['lifecycle'],
    judge: connects,
  },
  {
    id: 'control.dialect',
    level: 'MUST',
    section: 'binary-dialect',
    text: 'speaks the dialect that --dialect demands',
    remedy: 'The first byte of each control connection chooses: 0xAE is binary, everything else JSON.',
    judge: speaksDialect,
  },
  {
    id: 'control.decode',
    level: 'MUST',
    section: 'control-socket',
    text: 'sends one JSON object per line in UTF-8, or frames of the schema',
    remedy: 'Write each message as one line that ends with a newline; write logs to standard error.',
    judge: without(['DECODE_ERROR'], ({ kind }) => kind === 'message', NOTHING),
  },
  {
    id: 'control.envelope',
    level: 'MUST',
    section: 'envelope',
    text: 'puts every message into a whole envelope',
    remedy: 'Send protocol_version, message_id, source, target, type, command and payload with each message.',
    judge: without(['INVALID_ENVELOPE'], ({ kind }) => kind === 'message', NOTHING),
  },
  {
    id: 'control.payload',
    level: 'MUST',
    section: 'messages',
    text: 'gives payload fields the form of the tables',
    remedy: 'The ERROR names the field.',
    judge: without(['INVALID_PAYLOAD'], ({ kind }) => kind === 'message', NOTHING),
  },
  {
    id: 'control.register.first',
    level: 'MUST',
    section: 'register',
    text: 'sends REGISTER as its first message',
    remedy: 'Send LIFECYCLE / REGISTER at once after each connection, and nothing before it.',
    judge: registersFirst,
  },
  {
    id: 'control.register.token',
    level: 'MUST',
    section: 'register',
    text: 'registers with a name and the token of its environment',
    remedy: 'Give AEGIS_SESSION_TOKEN as session_token, and any text as component_name.',
    scenarios: ['lifecycle'],
    judge: without(
      ['MISSING_SESSION_TOKEN', 'MISSING_COMPONENT_NAME', 'WRONG_SESSION_TOKEN'],
      isMessage('register'),
      NO_REGISTER,
    ),
  },
  {
    id: 'control.register.id',
    level: 'MUST',
    section: 'register',
    text: 'registers with the id of its environment',
    remedy: 'Give AEGIS_COMPONENT_ID as component_id: Aegis would take another id for another component.',
    scenarios: ['lifecycle'],
    judge: keepsId,
  },
  {
    id: 'control.register.topics',
    level: 'MUST',
    section: 'register',
    text: 'declares topics that exist in the mode of the session',
    remedy: 'Correct capabilities: the start of a session is refused otherwise. See --mode.',
    scenarios: ['lifecycle'],
    judge: declaresTopics,
  },
  {
    id: 'control.register.assigned',
    level: 'MUST',
    section: 'writing-a-client',
    text: 'started by hand, uses the ids that REGISTERED gives',
    remedy: 'Take component_id and session_id of REGISTERED for the data handshake, not the environment.',
    scenarios: ['by-hand'],
    judge: readsIdsFromRegistered,
  },
];
