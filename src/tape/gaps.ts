import type { SeriesCheck } from '../market/binance/archive/format/format.ts';
import type { Period } from '../market/binance/archive/period.ts';
import type { TapeGap } from './manifest.ts';

/** The absent spans of a series that lie within a period. */
export function absentIn<R>(series: SeriesCheck<R> | undefined, period: Period): TapeGap[] {
  return (series?.gaps ?? [])
    .filter((gap) => gap.to > period.start && gap.from < period.end)
    .map((gap) => clip({ ...gap, kind: 'absent' }, period));
}

/** The part of a gap within a period. A gap may reach past the tape's end when the archive's later days have no rows at all. */
export function clip(gap: TapeGap, period: Period): TapeGap {
  return { ...gap, from: Math.max(gap.from, period.start), to: Math.min(gap.to, period.end) };
}
