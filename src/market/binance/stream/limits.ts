import type { Market } from '../../../model/market.ts';

/** What the exchange allows one connection, and one IP address. */
export interface StreamLimits {
  /** More in one connection are refused. */
  readonly streamsPerConnection: number;
  /** Messages to the exchange, PONGs included; whoever sends more is disconnected, and banned when it happens often. */
  readonly messagesPerSecond: number;
  /** Names in one SUBSCRIBE. The exchange publishes no number: this one keeps a message below 4 KiB. */
  readonly namesPerMessage: number;
  /** New connections of one IP address within {@link attemptsWindowMs}, of all processes together. */
  readonly attempts: number;
  readonly attemptsWindowMs: number;
  /** After it the exchange closes a connection. */
  readonly lifetimeMs: number;
  /** How often the exchange sends a PING. */
  readonly pingEveryMs: number;
  /** Without a PONG for so long the exchange closes the connection. */
  readonly pongWithinMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const EVERY_MARKET = {
  namesPerMessage: 100,
  attempts: 300,
  attemptsWindowMs: 5 * MINUTE,
  lifetimeMs: 24 * 60 * MINUTE,
} as const;

/**
 * Futures: 200 is the lowest number that the exchange's pages name (older ones say 1,024).
 * Source: the exchange's documentation of market streams, 2026-07.
 */
const FUTURES: StreamLimits = {
  ...EVERY_MARKET,
  streamsPerConnection: 200,
  messagesPerSecond: 10,
  pingEveryMs: 3 * MINUTE,
  pongWithinMs: 10 * MINUTE,
};

export const STREAM_LIMITS: Readonly<Record<Market, StreamLimits>> = {
  spot: {
    ...EVERY_MARKET,
    streamsPerConnection: 1024,
    messagesPerSecond: 5,
    pingEveryMs: 20 * SECOND,
    pongWithinMs: 60 * SECOND,
  },
  um: FUTURES,
  cm: FUTURES,
};
