import type { LogPosition } from '../model/wire/live-log.ts';
import type { BusLog } from './log.ts';

/**
 * A connection to NATS, as small as the hot path needs it: whatever carries it can be replaced by another client.
 * At most once: what is published while the connection is down is dropped, and the caller is told so.
 */
export interface Bus {
  readonly connected: boolean;
  /**
   * The payload is read until the message has left, which an answer to it or a `flush` shows, or until the connection is lost:
   * reuse a buffer only after that. One below 4 KiB is copied, if the connection is the hot one. What is published in one
   * turn of the event loop leaves together. False: the message is dropped, because the connection is down, or because 64 MiB
   * wait for a server that does not read. Throws STREAM_FAILED when the server would refuse it for its size.
   */
  publish(subject: string, payload: Uint8Array, options?: PublishOptions): boolean;
  /** `handler` runs inside the socket read: it must neither wait nor throw. */
  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription;
  /** Throws TIMEOUT when nobody answers in time or nobody listens, DEPENDENCY_DOWN when the connection is down. */
  request(subject: string, payload: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array>;
  /** The log of a realtime session; asks nothing yet. Throws INVALID_SPEC when the id could not be part of its name. */
  log(sessionId: string): BusLog;
  /** Resolves when the server has everything published before. Throws DEPENDENCY_DOWN when the connection breaks. */
  flush(): Promise<void>;
  /** Told of every loss and return of the connection. Subscriptions are restored before `up` is told. */
  onStatus(listener: (status: BusStatus) => void): void;
  /** Sends what is pending and closes, within `limitMs` (default 2 000) in any case. */
  close(limitMs?: number): Promise<void>;
}

export type BusStatus = 'up' | 'down';

export interface PublishOptions {
  /** Header `Aegis-Epoch`. */
  readonly epoch?: number;
}

export interface BusMessage {
  readonly subject: string;
  /**
   * Stays as it is until `release`, and for good without it. It may lie in a piece of memory with others: whoever keeps a small
   * part of many messages copies it.
   */
  readonly payload: Uint8Array;
  /** Header `Aegis-Epoch`, when the message has one. */
  readonly epoch: number | undefined;
  /** Where it stands in the log of a realtime session, when it is one of its messages. Decoded anew with every call. */
  readonly at: LogPosition | undefined;
  /** Answers a request; does nothing when the message is none. */
  respond(payload: Uint8Array): void;
  /**
   * Nobody will look at the payload or a header any more: the memory is used again. To leave it out costs the garbage collector
   * some work; to look afterwards shows another message.
   */
  release(): void;
}

export interface Subscription {
  close(): void;
}
