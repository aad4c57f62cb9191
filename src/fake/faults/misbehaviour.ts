import { z } from 'zod';

const target = {
  /** A stream as subscribed, `*` for any characters: `btcusdt@aggTrade`, `*@depth*`. Default: all. */
  stream: z.string().min(1).exactOptional(),
  /** Number of a connection, as `stats` tells. Default: all; of frames also those that will come. */
  connection: z.number().int().exactOptional(),
};
const duration = z.number().int().positive().max(86_400_000);
/** How often it happens, or for how long (ms of the wall clock). */
const span = { times: z.number().int().positive().exactOptional(), forMs: duration.exactOptional() };

const frameKinds = [
  'silence',
  'omit',
  'swap',
  'duplicate',
  'malformed',
  'truncated',
  'unknownFields',
  'unknownEvent',
  'crossedBook',
] as const;

/** Frames do not arrive as they should. Without `times` and `forMs`: once; silence: until it is healed. */
const frameFault = z.strictObject({ kind: z.enum(frameKinds), ...target, ...span });

const restTarget = {
  /** Beginning of a path: `/api/v3/aggTrades`. Default: all. */
  path: z.string().startsWith('/').exactOptional(),
  ...span,
};

/** What the fake exchange can be told to do wrong. */
export const misbehaviourSchema = z.union([
  frameFault,
  /** Sockets stay open; nothing is sent, nothing is read, no PING is answered. */
  z.strictObject({ kind: z.literal('halfOpen'), ...target }),
  /** The end of sockets now; `cut`: without a close frame. */
  z.strictObject({ kind: z.literal('disconnect'), ...target, how: z.enum(['close', 'cut']).default('cut') }),
  /** What happens after 24 hours. */
  z.strictObject({ kind: z.literal('lifetimeEnd'), ...target }),
  /** The notice `serverShutdown`, and the end after a while. */
  z.strictObject({ kind: z.literal('shutdown'), ...target, afterMs: duration.default(10_000) }),
  /** REST answers with an error: 429 and 418 come with Retry-After. */
  z.strictObject({
    kind: z.literal('restError'),
    status: z.number().int().min(400).max(599),
    retryAfterS: z.number().int().positive().exactOptional(),
    ...restTarget,
  }),
  /** REST answers late. */
  z.strictObject({ kind: z.literal('slowRest'), delayMs: duration, ...restTarget }),
  /** The exchange's clock shows so many ms too much; 0 mends it. */
  z.strictObject({ kind: z.literal('skew'), ms: z.number().int() }),
  /** Nobody can connect a socket; those that are open stay. */
  z.strictObject({ kind: z.literal('refuse'), forMs: duration }),
  /** The whole server is gone: connections are cut, new ones and REST refused. */
  z.strictObject({ kind: z.literal('away'), forMs: duration }),
  /** The next aggregates of a symbol and their trades never exist: no frame, no REST row, no archive row has them. */
  z.strictObject({ kind: z.literal('lostIds'), symbol: z.string(), count: z.number().int().positive() }),
  /** The next trade ids are spent on no trade: frames with price and quantity 0. Futures only. */
  z.strictObject({ kind: z.literal('spentIds'), symbol: z.string(), count: z.number().int().positive() }),
]);

export type Misbehaviour = z.input<typeof misbehaviourSchema>;
export type CompleteMisbehaviour = z.output<typeof misbehaviourSchema>;
export type FrameMisbehaviour = z.output<typeof frameFault>;
export type RestMisbehaviour = Extract<CompleteMisbehaviour, { kind: 'restError' | 'slowRest' }>;
export type SocketMisbehaviour = Extract<
  CompleteMisbehaviour,
  { kind: 'halfOpen' | 'disconnect' | 'lifetimeEnd' | 'shutdown' }
>;

export function isFrameMisbehaviour(value: CompleteMisbehaviour): value is FrameMisbehaviour {
  return (frameKinds as readonly string[]).includes(value.kind);
}
