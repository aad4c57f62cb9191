import type { Connection } from './connection.ts';
import type { SocketFrame } from './held-frames.ts';
import type { RequestMethod } from './socket-event.ts';

/** Why a connection ended, or did not come about. */
export interface ConnectionEnd {
  readonly reason: string;
  /** The exchange's answer to the handshake, when it was not a WebSocket. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

export interface ConnectionPort {
  opened(connection: Connection): void;
  frame(connection: Connection, frame: SocketFrame): void;
  shutdown(connection: Connection): void;
  done(connection: Connection, method: RequestMethod, streams: readonly string[]): void;
  failed(connection: Connection, method: RequestMethod, streams: readonly string[], problem: string): void;
  /** Exactly once, unless it was closed from here. */
  ended(connection: Connection, end: ConnectionEnd): void;
}
