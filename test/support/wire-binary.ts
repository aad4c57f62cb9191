import { resolve } from 'node:path';
import protobuf from 'protobufjs';
import type { Wire, WireFrame, WireMessage } from './wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Read from the published file, not from its compiled form in src. */
const schema = new protobuf.Root().loadSync(
  resolve(import.meta.dirname, '../../proto/aegis/component/v1/component.proto'),
  {
    keepCase: true,
  },
);
export const envelopeType = schema.lookupType('aegis.component.v1.Envelope');

const MEMBERS: ReadonlyArray<readonly [member: string, type: string, command: string]> = [
  ['register', 'LIFECYCLE', 'REGISTER'],
  ['registered', 'LIFECYCLE', 'REGISTERED'],
  ['state_update', 'LIFECYCLE', 'STATE_UPDATE'],
  ['ack', 'CONTROL', 'ACK'],
  ['configure', 'CONFIG', 'CONFIGURE'],
  ['ping', 'HEARTBEAT', 'PING'],
  ['pong', 'HEARTBEAT', 'PONG'],
  ['reborn', 'LIFECYCLE', 'REBORN'],
  ['shutdown', 'LIFECYCLE', 'SHUTDOWN'],
  ['error', 'ERROR', 'RUNTIME_ERROR'],
];
const HEADER_BYTES = 5;
/** Member 63 of `payload`, which no version has, as an empty message. */
const UNKNOWN_MEMBER = Buffer.from([0xfa, 0x03, 0x00]);
const UNKNOWN_STATE = 99;

/** A frame around any bytes. */
export function frameOf(body: Uint8Array): Buffer {
  const header = Buffer.from([0xae, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}

export const binaryWire: Wire = {
  encode(message) {
    const { correlation_id, timestamp, type: _type, command, payload, ...header } = message;
    const member = MEMBERS.find(([, , word]) => word === command)?.[0];
    const fields = withoutNull({ ...header, correlation_id, timestamp_ms: Date.parse(timestamp) });
    const envelope = member === undefined ? fields : { ...fields, [member]: toPayload(payload ?? {}) };
    const body = envelopeType.encode(envelopeType.fromObject(envelope)).finish();
    return frameOf(member === undefined ? Buffer.concat([body, UNKNOWN_MEMBER]) : body);
  },
  split(bytes) {
    const frames: WireFrame[] = [];
    let rest = bytes;
    while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUInt32BE(1)) {
      if (rest[0] !== 0xae) throw new Error(`a frame begins with ${rest[0]}`);
      const end = HEADER_BYTES + rest.readUInt32BE(1);
      frames.push({ bytes: end, message: toMessage(rest.subarray(HEADER_BYTES, end)) });
      rest = rest.subarray(end);
    }
    return { frames, rest };
  },
};

function toPayload(payload: Fields): Fields {
  const state = typeof payload.state === 'string' ? stateNumber(payload.state) : undefined;
  return { ...withoutNull(payload), ...(state === undefined ? {} : { state }) };
}

function stateNumber(state: string): number {
  const known = schema.lookupEnum('aegis.component.v1.ComponentState').values[`COMPONENT_STATE_${state}`];
  return known ?? UNKNOWN_STATE;
}

function withoutNull(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

function toMessage(body: Buffer): WireMessage {
  const options = { enums: String, longs: Number, defaults: true, arrays: true, oneofs: true };
  const { payload: member, ...fields } = envelopeType.toObject(envelopeType.decode(body), options);
  const [name, type, command] = MEMBERS.find(([each]) => each === member) ?? [];
  if (name === undefined || type === undefined || command === undefined) throw new Error('no payload');
  return {
    protocol_version: fields.protocol_version,
    message_id: fields.message_id,
    correlation_id: fields.correlation_id === '' ? null : fields.correlation_id,
    timestamp: new Date(fields.timestamp_ms).toISOString(),
    source: fields.source,
    target: fields.target,
    type,
    command,
    payload: fromPayload(name, fields[name]),
  };
}

function fromPayload(member: string, payload: Fields): Fields {
  if (member === 'ack') return { status: 'ok' };
  if (member === 'configure') {
    const { config_json, ...rest } = payload;
    return { ...rest, config: JSON.parse(String(config_json)) };
  }
  const { state } = payload;
  return typeof state === 'string' ? { ...payload, state: state.replace('COMPONENT_STATE_', '') } : payload;
}
