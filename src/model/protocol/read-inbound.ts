import type { Inbound, InboundMessage } from './inbound.ts';
import { type Command, isCommand, isMessageType } from './message.ts';
import { payloadProblem, registerPayload, runtimeErrorPayload, stateUpdatePayload } from './payload.ts';
import type { ProtocolErrorCode } from './protocol-error.ts';

type Fields = Readonly<Record<string, unknown>>;
interface Header {
  readonly id: string;
  readonly type: string;
  readonly command: string;
}

/** An answer repeats the id, and has to fit its line. */
const MAX_ID = 256;

const REQUIRED = ['protocol_version', 'message_id', 'source', 'target', 'type', 'command'] as const;

/** Reads a decoded envelope. Order and additional fields do not matter; protocol versions are not compared. */
export function readInbound(value: unknown): Inbound {
  if (!isObject(value)) return problem('INVALID_ENVELOPE', 'a message is a JSON object', {});
  if (neverAnswered(value)) return { type: 'message', message: readUnanswered(value) };
  for (const field of REQUIRED) {
    const content = value[field];
    if (content === undefined || content === null || content === '') {
      return problem('INVALID_ENVELOPE', `${field} is required`, value);
    }
    if (typeof content !== 'string') return problem('INVALID_ENVELOPE', `${field} must be a string`, value);
  }
  if (text(value, 'message_id').length > MAX_ID) {
    return problem('INVALID_ENVELOPE', `message_id has more than ${MAX_ID} characters`, { command: value.command });
  }
  const { payload } = value;
  if (payload === undefined || payload === null) return problem('INVALID_ENVELOPE', 'payload is required', value);
  if (!isObject(payload)) return problem('INVALID_PAYLOAD', 'payload must be an object', value);
  return readPayload(
    { id: text(value, 'message_id'), type: text(value, 'type'), command: text(value, 'command') },
    payload,
  );
}

/** ACK, PONG and ERROR are never answered, not even when something is wrong with them. */
function neverAnswered(fields: Fields): boolean {
  const { type, command } = fields;
  return command === 'ACK' || command === 'NACK' || command === 'PONG' || (type === 'ERROR' && command !== 'REGISTER');
}

function readUnanswered(fields: Fields): InboundMessage {
  const id = text(fields, 'message_id');
  if (fields.type === 'ERROR') {
    const payload = isObject(fields.payload) ? fields.payload : {};
    return { type: 'runtimeError', id, ...runtimeErrorPayload.parse(payload) };
  }
  if (fields.command === 'PONG') return { type: 'pong', id };
  return { type: fields.command === 'NACK' ? 'nack' : 'ack', id };
}

function readPayload(header: Header, payload: Fields): Inbound {
  const { id, type, command } = header;
  const fields = { message_id: id, command };
  if (!isMessageType(type)) return problem('UNKNOWN_MESSAGE_TYPE', `unknown message type "${brief(type)}"`, fields);
  if (!isCommand(command)) return problem('UNKNOWN_COMMAND', `unknown command "${brief(command)}"`, fields);
  if (command === 'REGISTER' && type === 'LIFECYCLE') return readRegister(id, payload);
  if (command === 'STATE_UPDATE') return readStateUpdate(id, payload);
  return { type: 'message', message: readPlain(id, command) };
}

function readPlain(id: string, command: Command): InboundMessage {
  if (command === 'PING') return { type: 'ping', id };
  if (command === 'SHUTDOWN') return { type: 'shutdown', id };
  return { type: 'misplaced', id, command };
}

function readRegister(id: string, payload: Fields): Inbound {
  const fields = { message_id: id, command: 'REGISTER' };
  const read = registerPayload.safeParse(payload);
  if (!read.success) return problem('INVALID_PAYLOAD', payloadProblem(read.error), fields);
  const { session_token: token, component_name: name, component_id: componentId, version, capabilities } = read.data;
  if (!token) return problem('MISSING_SESSION_TOKEN', 'payload.session_token is required', fields);
  if (!name) return problem('MISSING_COMPONENT_NAME', 'payload.component_name is required', fields);
  const registration = {
    token,
    name,
    ...(componentId === undefined ? {} : { componentId }),
    ...(version === undefined ? {} : { version }),
    ...(capabilities?.reconfigurable ? { reconfigurable: true as const } : {}),
    capabilities: {
      symbols: capabilities?.supported_symbols ?? [],
      timeframes: capabilities?.supported_timeframes ?? [],
      orderBookSpeeds: capabilities?.supported_orderbook_speeds ?? [],
      streams: capabilities?.requires_streams ?? [],
    },
  };
  return { type: 'message', message: { type: 'register', id, registration } };
}

function readStateUpdate(id: string, payload: Fields): Inbound {
  const read = stateUpdatePayload.safeParse(payload);
  if (!read.success) {
    return problem('INVALID_PAYLOAD', payloadProblem(read.error), { message_id: id, command: 'STATE_UPDATE' });
  }
  const { state, message } = read.data;
  return {
    type: 'message',
    message: { type: 'stateUpdate', id, state, ...(message === undefined ? {} : { message }) },
  };
}

function problem(code: ProtocolErrorCode, message: string, fields: Fields): Inbound {
  const { command } = fields;
  const id = text(fields, 'message_id');
  const correlationId = id === '' || id.length > MAX_ID ? null : id;
  return {
    type: 'problem',
    problem: { code, message, correlationId },
    ...(typeof command === 'string' ? { command } : {}),
  };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** Foreign text is shown in part: a component may send a megabyte of it. */
function brief(word: string): string {
  return word.length > 64 ? `${word.slice(0, 64)}…` : word;
}
