import { type Period, parsePeriod, previousPeriod } from '../market/binance/archive/period.ts';
import type { Market } from '../model/market.ts';
import type { DataGap, PlannedTape, PlannedTopic } from '../model/plan.ts';
import { compareTopics } from '../model/topic.ts';
import { type CatalogEntry, listTapes } from './catalog.ts';
import { periodsOfTopic } from './coverage.ts';
import type { TapeManifest } from './manifest.ts';
import { topicFolder } from './path.ts';

export interface PlanTapesOptions {
  readonly tapesDir: string;
  readonly market: Market;
  /** Short topics: `klines.BTCUSDT.1m`. */
  readonly topics: readonly string[];
  /** Unix ms; `from` is included, `to` is not. */
  readonly from: number;
  readonly to: number;
}

/** A day (a month for long candles) of a topic without a tape. */
export interface MissingTape {
  readonly topic: string;
  readonly period: string;
}

export interface TapePlan {
  /** In the order of `compareTopics`; also topics without any tape. */
  readonly topics: readonly PlannedTopic[];
  readonly missing: readonly MissingTape[];
  readonly gaps: readonly DataGap[];
}

/**
 * Chooses the tapes that hold the rows with `from <= ts < to`, and tells what they lack. A tape may also hold rows
 * outside the range: the reader leaves them out. A damaged tape throws TAPE_DAMAGED.
 */
export function planTapes({ tapesDir, market, topics, from, to }: PlanTapesOptions): TapePlan {
  const planned = [...new Set(topics)].sort(compareTopics).map((topic) => {
    const tapes = listTapes(tapesDir, topicFolder(market, topic)).map(manifestOf);
    return planTopic({ topic, tapes, periods: periodsOfTopic(topic, from, to), from, to });
  });
  return {
    topics: planned.map(({ topic, tapes }) => ({ topic, tapes })),
    missing: planned.flatMap((plan) => plan.missing),
    gaps: planned.flatMap((plan) => plan.gaps),
  };
}

interface Tape {
  readonly path: string;
  readonly manifest: TapeManifest;
}

function manifestOf({ path, found }: CatalogEntry): Tape {
  if (found.state === 'good') return { path, manifest: found.manifest };
  if (found.state === 'damaged') throw found.error;
  throw new Error(`${path} vanished while it was read`);
}

interface TopicInput {
  readonly topic: string;
  readonly tapes: readonly Tape[];
  readonly periods: readonly Period[];
  readonly from: number;
  readonly to: number;
}

function planTopic({ topic, tapes, periods, from, to }: TopicInput) {
  const existing = new Set(tapes.map(({ manifest }) => manifest.period));
  const wanted = new Set(periods.map((period) => period.name));
  // By their rows' times: the last row of a day may lie at the next midnight.
  const chosen = tapes.filter(
    ({ manifest }) =>
      wanted.has(manifest.period) || (manifest.firstTime < to * 1000 && manifest.lastTime >= from * 1000),
  );
  const lacking = periods.filter((period) => !existing.has(period.name));
  const gaps: DataGap[] = [
    ...chosen.flatMap(({ manifest }) => gapsOf(manifest, existing)).map((gap) => ({ topic, ...gap })),
    ...lacking.map((period) => ({ topic, from: period.start, to: period.end, kind: 'missing' as const })),
  ]
    .map((gap) => ({ ...gap, from: Math.max(gap.from, from), to: Math.min(gap.to, to) }))
    .filter((gap) => gap.from < gap.to)
    .sort((a, b) => a.from - b.from);
  return {
    topic,
    tapes: chosen.map(plannedTape),
    missing: lacking.map((period) => ({ topic, period: period.name })),
    gaps,
  };
}

/** A late first bar is a hole where the period before has a tape; elsewhere the symbol was listed that day. */
function gapsOf(manifest: TapeManifest, existing: ReadonlySet<string>): Omit<DataGap, 'topic'>[] {
  const { lateStart, gaps } = manifest;
  if (lateStart === undefined) return [...gaps];
  const period = parsePeriod(manifest.period);
  const before = previousPeriod(period).name;
  return existing.has(before) ? [{ from: period.start, to: lateStart, kind: 'absent' }, ...gaps] : [...gaps];
}

function plannedTape({ path, manifest }: Tape): PlannedTape {
  const { rows, firstTime, lastTime, source, sourceSha256 } = manifest;
  return { path, rows, firstTime, lastTime, source, sourceSha256 };
}
