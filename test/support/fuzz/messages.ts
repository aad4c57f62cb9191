import { COMPONENT_STATES } from '../../../src/model/component-state.ts';
import { COMMANDS, MESSAGE_TYPES } from '../../../src/model/protocol/message.ts';
import { ack, envelope, pong, register, stateUpdate } from '../control-client.ts';
import type { WireMessage } from '../wire.ts';
import type { Random } from './random.ts';

export const TOKEN = 'token-alpha';

/** What a component says until it runs, in its order. */
export const HANDSHAKE: ReadonlyArray<Partial<WireMessage>> = [
  register({ token: TOKEN, componentId: 'cmp-1' }),
  stateUpdate('INITIALIZING'),
  stateUpdate('READY'),
  ack('configure'),
  stateUpdate('CONFIGURED'),
  stateUpdate('RUNNING'),
];

/** A message of the right form, which may be the wrong one at this moment. */
export function validMessage(random: Random): WireMessage {
  const state = random.pick(COMPONENT_STATES);
  const payload = { code: 'FEED_STALLED', message: 'no rows', recoverable: random.chance(80) };
  const message = random.pick<Partial<WireMessage>>([
    stateUpdate(random.chance(50) ? 'WAITING' : state),
    register({ token: random.chance(60) ? TOKEN : 'guess' }),
    ack(null),
    pong('p'),
    { type: 'HEARTBEAT', command: 'PING' },
    { type: 'ERROR', command: 'RUNTIME_ERROR', payload },
    { command: random.chance(20) ? 'SHUTDOWN' : 'REBORN' },
  ]);
  return envelope(message);
}

const TEXTS = ['', ' ', '\u0000', '\ud800', 'a.b', '__proto__', '💥'.repeat(100), 'x'.repeat(257), 'x'.repeat(5_000)];
const FIELDS = ['protocol_version', 'message_id', 'correlation_id', 'source', 'target'] as const;
const PAYLOAD_FIELDS = [
  'session_token',
  'component_id',
  'component_name',
  'version',
  'state',
  'message',
  'code',
] as const;

/** A message with hostile texts and words, which both dialects can carry. */
export function hostileMessage(random: Random): WireMessage {
  const message = validMessage(random);
  const text = TEXTS[random.int(TEXTS.length)] ?? '';
  switch (random.int(5)) {
    case 0:
      return { ...message, [random.pick(FIELDS)]: text };
    case 1:
      return { ...message, payload: { ...message.payload, [random.pick(PAYLOAD_FIELDS)]: text } };
    case 2:
      return { ...message, command: random.chance(20) ? text : random.pick(COMMANDS) };
    case 3:
      return { ...message, type: random.chance(20) ? text : random.pick(MESSAGE_TYPES) };
    default:
      return { ...message, ...hostileRegister(random) };
  }
}

function hostileRegister(random: Random): Partial<WireMessage> {
  const token = random.chance(80) ? TOKEN : '';
  const name = random.chance(80) ? 'momentum' : '';
  return register({ token, name, capabilities: hostileCapabilities(random) });
}

function hostileCapabilities(random: Random): Readonly<Record<string, readonly string[]>> {
  const list = () =>
    Array.from({ length: random.int(random.chance(1) ? 2_000 : 6) }, (_, n) => `${random.int(9)}-${n}`);
  return { supported_symbols: list(), supported_timeframes: list(), requires_streams: list() };
}
