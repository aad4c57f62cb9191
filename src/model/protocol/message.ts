/** The words on the wire. The daemon sends no others: older SDKs drop the connection at a word they do not know. */
export const PROTOCOL_VERSION = '0.1.0';

/** `DATA` exists in the protocol and is used by nobody. */
export const MESSAGE_TYPES = ['CONTROL', 'LIFECYCLE', 'CONFIG', 'ERROR', 'HEARTBEAT', 'DATA'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export const COMMANDS = [
  'REGISTER',
  'REGISTERED',
  'STATE_UPDATE',
  'SHUTDOWN',
  'REBORN',
  'ACK',
  'NACK',
  'CONFIGURE',
  'CONFIGURED',
  'PING',
  'PONG',
  'RUNTIME_ERROR',
  'REGISTRATION_FAILED',
] as const;
export type Command = (typeof COMMANDS)[number];

export function isMessageType(text: string): text is MessageType {
  return (MESSAGE_TYPES as readonly string[]).includes(text);
}

export function isCommand(text: string): text is Command {
  return (COMMANDS as readonly string[]).includes(text);
}
