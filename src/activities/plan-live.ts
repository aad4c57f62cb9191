import { type ArchiveRef, isMonthlyOnly } from '../market/binance/archive/archive-ref.ts';
import { fetchArchives } from '../market/binance/archive/fetch.ts';
import { parsePeriod } from '../market/binance/archive/period.ts';
import type { PrepareInput } from '../model/activities.ts';
import { DAY_MS, isDataType, isInterval } from '../model/market.ts';
import type { PlannedTopic, StreamPlan } from '../model/plan.ts';
import type { RealtimeSpec } from '../model/session.ts';
import { compareTopics, parseTopic } from '../model/topic.ts';
import { importMissing } from '../tape/import.ts';
import type { MissingTape, TapePlan } from '../tape/plan.ts';
import { planTapesInThread } from '../tape/plan-thread.ts';
import { checkOffered } from './offered-topics.ts';
import type { SessionHost } from './session-host.ts';

type LiveInput = PrepareInput & { readonly spec: RealtimeSpec };

/** Types of which there are archives that may come before live rows. */
const WITH_HISTORY: readonly string[] = ['trades', 'aggTrades', 'klines'];

/**
 * Plans a realtime run: with `from`, the days of which there are archives come first, up to the first day that some topic
 * lacks; whatever follows is asked for when the stream gets there.
 */
export async function planLive(host: SessionHost, input: LiveInput, signal: AbortSignal): Promise<StreamPlan> {
  const { spec, topics } = input;
  await checkOfferedTopics(host, input, signal);
  const now = Date.now();
  const from = Math.min(spec.from ?? now, now);
  const past = await pastOf(host, input, { from, to: startOfDay(now) }, signal);
  const tapes = new Map(past.topics.map((topic) => [topic.topic, topic]));
  return {
    market: spec.market,
    from,
    to: past.to,
    topics: [...topics].sort(compareTopics).map((topic) => tapes.get(topic) ?? { topic, tapes: [] }),
    gaps: past.gaps.filter((gap) => gap.to <= past.to),
    live: {
      ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
      history: spec.from !== undefined,
      log: spec.log,
      record: spec.record,
    },
  };
}

/** Throws TOPIC_NOT_AVAILABLE for topics that the session's market does not have. */
export async function checkOfferedTopics(
  { workflows }: SessionHost,
  { session, spec, topics }: Pick<LiveInput, 'session' | 'spec' | 'topics'>,
  signal: AbortSignal,
): Promise<void> {
  const { market, endpoint } = spec;
  const tell = (event: string, text: string): void => workflows.notice(session, { event, text });
  await checkOffered({ market, topics, tell, signal, ...(endpoint === undefined ? {} : { endpoint }) });
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Past extends Pick<TapePlan, 'gaps'> {
  readonly topics: readonly PlannedTopic[];
  /** Unix ms: up to here every topic has its tapes. */
  readonly to: number;
}

async function pastOf(host: SessionHost, input: LiveInput, range: Range, signal: AbortSignal): Promise<Past> {
  const { from, to } = range;
  const topics = input.topics.filter((topic) => WITH_HISTORY.includes(parseTopic(topic).type));
  if (from >= to || topics.length === 0) return { topics: [], gaps: [], to: from };
  const { market } = input.spec;
  const request = { tapesDir: host.paths.tapes, market, topics, from, to };
  let plan = await planTapesInThread(request);
  if (plan.missing.length > 0) {
    await provide(host, input.spec, plan.missing, signal);
    plan = await planTapesInThread(request);
  }
  const cut = Math.min(to, ...plan.missing.map(({ period }) => parsePeriod(period).start));
  return { topics: plan.topics, gaps: plan.gaps, to: Math.max(from, cut) };
}

/** Imports what lies in the Vision folder or can be downloaded. What is not published (yet) is left to REST. */
async function provide(
  { paths }: SessionHost,
  { market, endpoint }: RealtimeSpec,
  missing: readonly MissingTape[],
  signal: AbortSignal,
): Promise<void> {
  const folders = { visionDir: paths.vision, tapesDir: paths.tapes, market, signal };
  const { notFound } = await importMissing({ ...folders, missing });
  const archives = notFound.flatMap((tape) => archiveOf(market, tape));
  const results = await fetchArchives({
    visionDir: paths.vision,
    archives,
    retries: 1,
    signal,
    ...(endpoint === undefined ? {} : { baseUrl: endpoint }),
  });
  if (results.every(({ state }) => state === 'failed')) return;
  await importMissing({ ...folders, missing: notFound });
}

function archiveOf(market: RealtimeSpec['market'], { topic, period }: MissingTape): ArchiveRef[] {
  const { type, symbol, detail } = parseTopic(topic);
  if (!isDataType(type)) return [];
  if (detail === undefined) return [{ market, type, symbol, period }];
  // A month that is under way has no archive.
  if (!isInterval(detail) || isMonthlyOnly(detail)) return [];
  return [{ market, type, symbol, interval: detail, period }];
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
