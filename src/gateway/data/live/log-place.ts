import type { BusLog } from '../../../bus/log.ts';

/**
 * Where the log has a row. `trimmed`: it was dropped, the first row that is kept is `firstSeq`. `empty`: nothing is kept at
 * all. `later`: it is not there yet. `there`: at the place, or after it.
 */
export type LogPlace =
  | { readonly state: 'there'; readonly place: number }
  | { readonly state: 'trimmed'; readonly firstSeq: number }
  | { readonly state: 'empty' | 'later' };

export async function placeOf(log: BusLog, run: number, seq: number): Promise<LogPlace> {
  // At its end, or before a hole that its writer has declared, the message before leads there.
  const place = (await log.find(run, seq)) ?? (seq > 0 ? await log.find(run, seq - 1) : undefined);
  if (place !== undefined) return { state: 'there', place };
  const { first, last } = await log.extent();
  if (first > last) return { state: 'empty' };
  const oldest = await log.at(first);
  const trimmed = oldest?.at.run === run && oldest.at.seq > seq;
  return trimmed ? { state: 'trimmed', firstSeq: oldest.at.seq } : { state: 'later' };
}

/** Somebody else may have published on the subjects of the session; more than so much of it is not looked through. */
const MAX_FOREIGN = 16;

/** How far the log of a run reaches. */
export interface LogEnd {
  readonly epoch: number;
  /** Number of the row after its last one. */
  readonly seq: number;
}

/** Undefined when the log has nothing of the run. */
export async function endOfLog(log: BusLog, run: number): Promise<LogEnd | undefined> {
  const { first, last } = await log.extent();
  for (let place = last; place >= Math.max(first, last - MAX_FOREIGN); place--) {
    const newest = await log.at(place);
    if (newest?.at.run === run) return { epoch: newest.at.epoch, seq: newest.at.seq + newest.at.rows };
  }
  return undefined;
}
