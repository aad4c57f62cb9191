import type { Market } from '../model/market.ts';

/** The exchange's limits for one market. Times in ms of the wall clock. */
export interface Limits {
  /** Messages that a client may send per second: requests, PINGs and PONGs. */
  readonly messagesPerSecond: number;
  readonly streamsPerConnection: number;
  readonly attemptsPerFiveMinutes: number;
  readonly pingEveryMs: number;
  /** A PING that stays without PONG for so long ends the connection. */
  readonly pongWithinMs: number;
  /** Age at which a connection is closed. */
  readonly lifetimeMs: number;
  /** REST weight. */
  readonly weightPerMinute: number;
}

const HOUR = 3_600_000;

const FUTURES: Limits = {
  messagesPerSecond: 10,
  streamsPerConnection: 200,
  attemptsPerFiveMinutes: 300,
  pingEveryMs: 180_000,
  pongWithinMs: 600_000,
  lifetimeMs: 24 * HOUR,
  weightPerMinute: 2_400,
};

/** Source: the exchange's documentation, 2026-07; streams per connection on futures: the lower of two readings. */
export const LIMITS: Readonly<Record<Market, Limits>> = {
  spot: {
    messagesPerSecond: 5,
    streamsPerConnection: 1_024,
    attemptsPerFiveMinutes: 300,
    pingEveryMs: 20_000,
    pongWithinMs: 60_000,
    lifetimeMs: 24 * HOUR,
    weightPerMinute: 6_000,
  },
  um: FUTURES,
  cm: FUTURES,
};
