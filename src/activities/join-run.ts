import type { JoinedRun, JoinInput, RunRef } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import type { StreamJoin, StreamPlan } from '../model/plan.ts';
import type { RealtimeSpec } from '../model/session.ts';
import type { TapePlan } from '../tape/plan.ts';
import { feedPlan } from './feed-plan.ts';
import { checkOfferedTopics } from './plan-live.ts';
import { checkTopics, type HistoricalInput, planData } from './prepare-run.ts';
import { readRunFile, writeRunFile } from './run-file.ts';
import type { SessionHost } from './session-host.ts';

type Data = Pick<TapePlan, 'topics' | 'gaps'>;
type HistoricalJoin = JoinInput & Pick<HistoricalInput, 'spec'>;
type RealtimeJoin = JoinInput & { readonly spec: RealtimeSpec };

const NOTHING: Data = { topics: [], gaps: [] };

/**
 * Lets components take part in the run that flows. Data for their topics are sought first, while the stream goes on; then
 * it stands still for the moment in which the plan is replaced. The plan on disk says who has joined: asked again, this
 * changes nothing.
 */
export async function joinRun(host: SessionHost, input: JoinInput, signal: AbortSignal): Promise<JoinedRun> {
  const { spec } = input;
  if (spec.mode === 'realtime') return joinLive(host, { ...input, spec }, signal);
  return joinTapes(host, { ...input, spec }, signal);
}

async function joinTapes(host: SessionHost, input: HistoricalJoin, signal: AbortSignal): Promise<JoinedRun> {
  const { home } = host.paths;
  const ids = input.components.map(({ id }) => id);
  const { plan } = readRunFile(home, input);
  const known = plan.joins?.find(({ components }) => ids.every((id) => components.includes(id)));
  if (known !== undefined) return answer(known);

  const topics = addedTopics(plan, input);
  if (topics.length > 0 && plan.order === 'recorded') {
    throw new AegisError('TOPIC_NOT_AVAILABLE', `a replay takes no new topics while it runs: ${topics.join(', ')}`, {
      remedy: 'Stop the run, and start it again with the component attached.',
    });
  }
  const data = topics.length === 0 ? NOTHING : await futureData(host, input, topics, signal);
  let join: StreamJoin | undefined;
  await host.orchestrators.extend(
    { ref: input, plan: () => feedPlan(host, input) },
    ({ seq, ts }) => {
      // Rows of the time at which the stream stands may have gone already.
      join = { seq, ts: ts === undefined ? input.spec.from : ts + 1, components: ids, topics };
      const file = readRunFile(home, input);
      writeRunFile(home, { ...file, plan: extended(file.plan, data, join) });
    },
    signal,
  );
  return join === undefined ? { state: 'over' } : answer(join);
}

/** A live stream does not stand still: rows of added topics follow as soon as they come. */
async function joinLive(host: SessionHost, input: RealtimeJoin, signal: AbortSignal): Promise<JoinedRun> {
  const { home } = host.paths;
  const { plan } = readRunFile(home, input);
  const known = plan.joins?.find(({ components }) => input.components.every(({ id }) => components.includes(id)));
  // Whoever wrote it down may have got no farther.
  if (known !== undefined) return joined(host, input, known);
  const topics = addedTopics(plan, input);
  checkTopics(input.spec, topics);
  await checkOfferedTopics(host, { ...input, topics }, signal);
  const status = await host.dataStreams.status(input.sessionId);
  if (status?.run !== input.run) throw new AegisError('PROCESS_LOST', 'the data stream server is not there yet');
  const components = input.components.map(({ id }) => id);
  const join = { seq: status.seq, ts: Date.now(), components, topics };
  const file = readRunFile(home, input);
  const added = { topics: topics.map((topic) => ({ topic, tapes: [] })), gaps: [] };
  writeRunFile(home, { ...file, plan: extended(file.plan, added, join) });
  return joined(host, input, join);
}

async function joined(host: SessionHost, ref: RunRef, join: StreamJoin): Promise<JoinedRun> {
  await host.orchestrators.retopic({ ref, plan: () => feedPlan(host, ref) });
  return answer(join);
}

function addedTopics({ topics }: StreamPlan, { components }: JoinInput): string[] {
  const planned = new Set(topics.map(({ topic }) => topic));
  return [...new Set(components.flatMap((component) => component.topics))].filter((topic) => !planned.has(topic));
}

/** What went by before the components came is not sought. */
async function futureData(
  host: SessionHost,
  input: HistoricalJoin,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<Data> {
  const status = await host.dataStreams.status(input.sessionId);
  const from = Math.max(input.spec.from, status?.ts ?? 0);
  return planData(host, { ...input, spec: { ...input.spec, from }, topics }, signal);
}

function extended(plan: StreamPlan, data: Data, join: StreamJoin): StreamPlan {
  const from = join.ts;
  return {
    ...plan,
    topics: [...plan.topics, ...data.topics.map((topic) => ({ ...topic, from }))],
    joins: [...(plan.joins ?? []), join],
    gaps: [...plan.gaps, ...data.gaps.filter((gap) => gap.to > from)],
  };
}

function answer({ seq, ts, topics }: StreamJoin): JoinedRun {
  return { state: 'joined', seq, ts, topics };
}
