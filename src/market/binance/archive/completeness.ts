import type { Period } from './period.ts';

/** Rows that an archive lacks at the end of its period. Unix ms; `to` is not included. */
export interface EndGap {
  readonly from: number;
  readonly to: number;
  /** `partial`: the archive was written before its period was over. `absent`: it was over, yet the rows end early. */
  readonly kind: 'partial' | 'absent';
}

export interface CompletenessInput {
  readonly period: Period;
  /** Where the rows end, unix ms: the end of the last bar, or the time of the last row. */
  readonly end: number;
  /** True for klines: bars follow each other without holes, so that an early end is a gap. */
  readonly contiguous: boolean;
  /** Date of the zip entry; undefined for a bare CSV file. */
  readonly writtenAt: Date | undefined;
}

/**
 * An archive is complete when its rows reach the end of its period and it was written after that; a good checksum
 * proves neither. Undefined when nothing is missing.
 */
export function endGap({ period, end, contiguous, writtenAt }: CompletenessInput): EndGap | undefined {
  if (end >= period.end) return undefined;
  const early = writtenAt !== undefined && writtenAt.getTime() < period.end;
  if (!early && !contiguous) return undefined;
  return { from: end, to: period.end, kind: early ? 'partial' : 'absent' };
}
