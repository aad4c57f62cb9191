/** The codes of ERROR messages to components; docs/component-protocol.md says when each is sent. */
export const PROTOCOL_ERROR_CODES = [
  'DECODE_ERROR',
  'INVALID_ENVELOPE',
  'INVALID_COMMAND',
  'INVALID_PAYLOAD',
  'MISSING_SESSION_TOKEN',
  'MISSING_COMPONENT_NAME',
  'WRONG_SESSION_TOKEN',
  'REGISTRATION_FAILED',
  'UNEXPECTED_MESSAGE',
  'UNEXPECTED_STATE',
  'STATE_TRANSITION_FAILED',
  'CONFIG_ACK_TIMEOUT',
  'UNKNOWN_MESSAGE_TYPE',
  'UNKNOWN_COMMAND',
  'LIMIT_EXCEEDED',
  'INTERNAL_ERROR',
] as const;
export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number];

/** What is wrong with something a component sent. */
export interface ProtocolProblem {
  readonly code: ProtocolErrorCode;
  readonly message: string;
  /** Id of the offending message, where one could be read. */
  readonly correlationId: string | null;
}
