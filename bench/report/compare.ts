import type { BenchResult, RatioResult } from '../result.ts';

/** A ratio of now beside the committed one. */
export interface ComparedRatio {
  readonly name: string;
  readonly to: string;
  readonly before: number;
  /** Undefined when the case was not measured now. */
  readonly now: number | undefined;
  /** How far it may be below, as a share of the committed one. */
  readonly tolerance: number;
  readonly ok: boolean;
}

/** Runs of one version differ by so much even on an idle machine. */
const LEAST_TOLERANCE = 0.1;
/** A ratio that varies more than this says nothing: then more runs are needed, not more tolerance. */
const MOST_TOLERANCE = 0.25;

/**
 * Compares ratios to `to`, higher is better; pure. The tolerance is half the spread of both runs, from 10 to 25 %. Cases that
 * were not asked for now are left out.
 */
export function compareRatios(
  committed: readonly BenchResult[],
  measured: readonly BenchResult[],
  to: string,
  wanted: ReadonlySet<string>,
): ComparedRatio[] {
  return committed.flatMap(({ name, ratios }) => {
    const before = ratios?.find((ratio) => ratio.to === to);
    if (before === undefined || !wanted.has(name)) return [];
    const now = measured.find((result) => result.name === name)?.ratios?.find((ratio) => ratio.to === to);
    const tolerance = toleranceOf(before, now);
    const ok = now !== undefined && now.median >= before.median * (1 - tolerance);
    return [{ name, to, before: before.median, now: now?.median, tolerance, ok }];
  });
}

function toleranceOf(before: RatioResult, now: RatioResult | undefined): number {
  const spread = halfSpread(before) + (now === undefined ? 0 : halfSpread(now));
  return Math.min(MOST_TOLERANCE, Math.max(LEAST_TOLERANCE, spread));
}

function halfSpread({ min, median, max }: RatioResult): number {
  return (max - min) / (2 * median);
}

export function comparisonLines(compared: readonly ComparedRatio[]): string[] {
  return compared.map(({ name, to, before, now, tolerance, ok }) => {
    const found = now === undefined ? 'was not measured' : `is ${now.toFixed(3)}`;
    return `${ok ? 'ok  ' : 'LESS'} ${name}: ${found}, was ${before.toFixed(3)} of ${to}; ${Math.round(100 * tolerance)} % less is tolerated`;
  });
}
