import protobuf from 'protobufjs/light.js';
import { componentSchema } from './component-schema.ts';
import type { Inbound } from './inbound.ts';
import type { Command, MessageType } from './message.ts';
import type { OutgoingMessage } from './outgoing.ts';
import { readInbound } from './read-inbound.ts';

type Fields = Readonly<Record<string, unknown>>;

const envelopeType = protobuf.Root.fromJSON(componentSchema).lookupType('aegis.component.v1.Envelope');
const STATE_PREFIX = 'COMPONENT_STATE_';

/** What the members of `payload` are called in the envelopes of the JSON dialect. */
const WORDS: Readonly<Record<string, { readonly type: MessageType; readonly command: Command }>> = {
  register: { type: 'LIFECYCLE', command: 'REGISTER' },
  registered: { type: 'LIFECYCLE', command: 'REGISTERED' },
  state_update: { type: 'LIFECYCLE', command: 'STATE_UPDATE' },
  ack: { type: 'CONTROL', command: 'ACK' },
  configure: { type: 'CONFIG', command: 'CONFIGURE' },
  ping: { type: 'HEARTBEAT', command: 'PING' },
  pong: { type: 'HEARTBEAT', command: 'PONG' },
  reborn: { type: 'LIFECYCLE', command: 'REBORN' },
  shutdown: { type: 'LIFECYCLE', command: 'SHUTDOWN' },
  error: { type: 'ERROR', command: 'RUNTIME_ERROR' },
};

/** Members of `payload` that later versions of the schema may have. */
const PAYLOAD_FIELDS = { first: 16, last: 63 } as const;

/** Reads an Envelope. What a valid message is, is decided where it is decided for JSON. */
export function readEnvelope(bytes: Uint8Array): Inbound {
  try {
    return readInbound(plainEnvelope(bytes));
  } catch {
    return {
      type: 'problem',
      problem: { code: 'DECODE_ERROR', message: 'the frame is not an Envelope of the schema', correlationId: null },
    };
  }
}

/**
 * The same message as an envelope of the JSON dialect, not looked at further.
 * @throws Error when the bytes are not an Envelope
 */
export function plainEnvelope(bytes: Uint8Array): Fields {
  const options = { enums: String, longs: Number, oneofs: true };
  const { payload: member, ...envelope }: Fields = envelopeType.toObject(envelopeType.decode(bytes), options);
  const words = typeof member === 'string' ? WORDS[member] : undefined;
  if (typeof member !== 'string' || words === undefined) return { ...envelope, ...unknownPayload(bytes) };
  const { [member]: content, ...header } = envelope;
  return { ...header, ...words, payload: isFields(content) ? plainPayload(content) : content };
}

function plainPayload(payload: Fields): Fields {
  const { state } = payload;
  if (typeof state !== 'string' || !state.startsWith(STATE_PREFIX)) return payload;
  return { ...payload, state: state.slice(STATE_PREFIX.length) };
}

/** A member that this version does not know is a command that it does not know; none at all is a missing payload. */
function unknownPayload(bytes: Uint8Array): Fields {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field >= PAYLOAD_FIELDS.first && field <= PAYLOAD_FIELDS.last) {
      return { type: 'DATA', command: `payload ${field}`, payload: {} };
    }
    reader.skipType(tag & 7);
  }
  return { type: 'DATA', command: 'none' };
}

/** The Envelope of a message of Aegis, without its header. */
export function writeEnvelope(message: OutgoingMessage): Uint8Array {
  const { protocol_version, message_id, correlation_id, timestamp, source, target } = message;
  const envelope = {
    protocol_version,
    message_id,
    ...(correlation_id === null ? {} : { correlation_id }),
    timestamp_ms: Date.parse(timestamp),
    source,
    target,
    ...payloadOf(message),
  };
  return envelopeType.encode(envelopeType.fromObject(envelope)).finish();
}

function payloadOf(message: OutgoingMessage): Fields {
  switch (message.command) {
    case 'REGISTERED':
      return { registered: { ...message.payload, state: STATE_PREFIX + message.payload.state } };
    case 'PONG':
      return { pong: { ...message.payload, state: STATE_PREFIX + message.payload.state } };
    case 'CONFIGURE': {
      const { data_stream_socket, topics, config } = message.payload;
      return { configure: { data_stream_socket, topics, config_json: JSON.stringify(config) } };
    }
    case 'RUNTIME_ERROR':
      return { error: message.payload };
    case 'ACK':
      return { ack: {} };
    case 'PING':
      return { ping: {} };
    case 'REBORN':
      return { reborn: {} };
    case 'SHUTDOWN':
      return { shutdown: {} };
    default:
      return message satisfies never;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
