import { z } from 'zod';
import type { RecordedLine } from './read-frames.ts';
import type { RecordedTrade } from './recorded-market.ts';

const tradeSchema = z.looseObject({
  t: z.number(),
  p: z.string(),
  q: z.string(),
  T: z.number(),
  m: z.boolean(),
});
const levels = z.array(z.tuple([z.string(), z.string()]));
const depthSchema = z.looseObject({ U: z.number(), u: z.number(), b: levels, a: levels });
const snapshotSchema = z.looseObject({ lastUpdateId: z.number(), bids: levels, asks: levels });
/** Trade id, update id, aggregate id or open time, whichever comes first; prices are texts, levels are lists. */
const FRAME_ID = /"[tua]":(\d+)/;
const EVENT_TIME = /"E":(\d+)/;

export type RecordedSnapshot = z.output<typeof snapshotSchema>;
export type RecordedDepth = z.output<typeof depthSchema>;

/** The trades of a recording, by id, each once. Ids that were spent on no trade (price 0) are left out. */
export function recordedTrades(lines: readonly RecordedLine[]): RecordedTrade[] {
  const trades = new Map<number, RecordedTrade>();
  for (const { stream, payload } of lines) {
    if (stream?.endsWith('@trade') !== true) continue;
    const { t: id, p: price, q: qty, T, m: buyerMaker } = tradeSchema.parse(JSON.parse(payload));
    if (Number(price) > 0) trades.set(id, { id, price, qty, timeUs: T * 1_000, buyerMaker });
  }
  return [...trades.values()].sort((a, b) => a.id - b.id);
}

/** Undefined: the line is no snapshot. */
export function readSnapshot({ stream, payload }: RecordedLine): RecordedSnapshot | undefined {
  return stream === undefined ? snapshotSchema.safeParse(JSON.parse(payload)).data : undefined;
}

export function readDepth(payload: string): RecordedDepth {
  return depthSchema.parse(JSON.parse(payload));
}

/** The number that orders frames of a stream; 0 when it has none. */
export function frameId(payload: string): number {
  return Number(FRAME_ID.exec(payload)?.[1] ?? 0);
}

/** Event time of a frame, unix ms; undefined when it has none. */
export function eventTime(payload: string): number | undefined {
  const [, time] = EVENT_TIME.exec(payload) ?? [];
  return time === undefined ? undefined : Number(time);
}
