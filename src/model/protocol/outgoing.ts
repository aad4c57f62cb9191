import type { ComponentState } from '../component-state.ts';
import { PROTOCOL_VERSION } from './message.ts';
import type { ProtocolErrorCode } from './protocol-error.ts';

type Empty = Readonly<Record<string, never>>;

/** Everything the daemon says on a control connection. Payload fields have the names of the wire. */
export type OutgoingBody =
  | {
      readonly type: 'LIFECYCLE';
      readonly command: 'REGISTERED';
      readonly payload: { readonly component_id: string; readonly session_id: string; readonly state: 'REGISTERED' };
    }
  | { readonly type: 'CONTROL'; readonly command: 'ACK'; readonly payload: { readonly status: 'ok' } }
  | {
      readonly type: 'CONFIG';
      readonly command: 'CONFIGURE';
      readonly payload: {
        readonly data_stream_socket: string;
        readonly topics: readonly string[];
        readonly config: Readonly<Record<string, unknown>>;
      };
    }
  | { readonly type: 'HEARTBEAT'; readonly command: 'PING'; readonly payload: Empty }
  | {
      readonly type: 'HEARTBEAT';
      readonly command: 'PONG';
      readonly payload: { readonly state: ComponentState; readonly uptime_seconds: number };
    }
  | { readonly type: 'LIFECYCLE'; readonly command: 'REBORN' | 'SHUTDOWN'; readonly payload: Empty }
  | {
      readonly type: 'ERROR';
      readonly command: 'RUNTIME_ERROR';
      readonly payload: { readonly code: ProtocolErrorCode; readonly message: string; readonly recoverable: boolean };
    };

export const ACK: OutgoingBody = { type: 'CONTROL', command: 'ACK', payload: { status: 'ok' } };
export const PING: OutgoingBody = { type: 'HEARTBEAT', command: 'PING', payload: {} };
export const REBORN: OutgoingBody = { type: 'LIFECYCLE', command: 'REBORN', payload: {} };
export const SHUTDOWN: OutgoingBody = { type: 'LIFECYCLE', command: 'SHUTDOWN', payload: {} };

/** The message as it travels: all nine fields are always present. */
export type OutgoingMessage = {
  readonly protocol_version: string;
  readonly message_id: string;
  readonly correlation_id: string | null;
  readonly timestamp: string;
  readonly source: 'aegis';
  readonly target: string;
} & OutgoingBody;

export interface SealOptions {
  readonly messageId: string;
  /** Id of the message that is answered; null when none is. */
  readonly correlationId: string | null;
  /** Undefined as long as the component has no id. */
  readonly componentId: string | undefined;
  /** Unix ms. */
  readonly now: number;
}

/** Puts a body into its envelope. */
export function seal(body: OutgoingBody, options: SealOptions): OutgoingMessage {
  return {
    protocol_version: PROTOCOL_VERSION,
    message_id: options.messageId,
    correlation_id: options.correlationId,
    timestamp: new Date(options.now).toISOString(),
    source: 'aegis',
    target: `component:${options.componentId ?? 'unknown'}`,
    ...body,
  };
}
