import type { BusLog } from '../../../bus/log.ts';

/**
 * Where the log has a row. `trimmed`: it was dropped, the first row that is kept is `firstSeq`. `empty`: nothing is kept at
 * all. `later`: it is not there yet.
 */
export type LogPlace =
  | { readonly state: 'there'; readonly place: number }
  | { readonly state: 'trimmed'; readonly firstSeq: number }
  | { readonly state: 'empty' | 'later' };

export async function placeOf(log: BusLog, run: number, seq: number): Promise<LogPlace> {
  const place = await log.find(run, seq);
  if (place !== undefined) return { state: 'there', place };
  const { first, last } = await log.extent();
  if (first > last) return { state: 'empty' };
  const oldest = await log.at(first);
  const trimmed = oldest?.at.run === run && oldest.at.seq > seq;
  return trimmed ? { state: 'trimmed', firstSeq: oldest.at.seq } : { state: 'later' };
}

/** How far the log of a run reaches. */
export interface LogEnd {
  readonly epoch: number;
  /** Number of the row after its last one. */
  readonly seq: number;
}

/** Undefined when the log has nothing of the run. */
export async function endOfLog(log: BusLog, run: number): Promise<LogEnd | undefined> {
  const { first, last } = await log.extent();
  const newest = first > last ? undefined : await log.at(last);
  if (newest?.at.run !== run) return undefined;
  return { epoch: newest.at.epoch, seq: newest.at.seq + newest.at.rows };
}
