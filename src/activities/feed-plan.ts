import { existsSync, readFileSync } from 'node:fs';
import type { FeedPlan } from '../host/orchestrators.ts';
import { writeWhole } from '../host/run-files.ts';
import type { RunRef } from '../model/activities.ts';
import type { StreamPlan } from '../model/plan.ts';
import { recordingFolder } from '../model/run-status.ts';
import { isOver, sessionTopics } from '../model/session.ts';
import { folderOf, readRunFile } from './run-file.ts';
import type { SessionHost } from './session-host.ts';

export interface FeedPlanHost extends Pick<SessionHost, 'paths'> {
  readonly workflows: Pick<SessionHost['workflows'], 'state'>;
}

/** What a run's files and its session say now: components may have joined, and others been detached. */
export async function feedPlan(host: FeedPlanHost, ref: RunRef): Promise<FeedPlan> {
  const session = await host.workflows.state(ref.session);
  // The data stream server has forgotten those that have ended, and nobody wants their topics.
  const components = session.components.filter((component) => !isOver(component));
  // Every other one was marked as joining when the stream was started. One that has been killed since is expected back.
  const expected = components.filter(({ topics, joining }) => topics.length > 0 && !joining);
  const first = firstMembers(
    `${folderOf(host.paths.home, ref)}/expected.json`,
    expected.map(({ id }) => id),
  );
  const { plan } = readRunFile(host.paths.home, ref);
  const known = new Set(components.map(({ id }) => id));
  const { members, ...rest } = planOf(plan, first);
  const recording = plan.live?.record
    ? { folder: recordingFolder(host.paths.home, ref), session: ref.session }
    : undefined;
  return {
    ...rest,
    ...(recording ? { recording } : {}),
    wanted: sessionTopics({ ...session, components }),
    members: members.filter(({ id }) => known.has(id)),
  };
}

function planOf(plan: StreamPlan, first: readonly string[]): Omit<FeedPlan, 'wanted' | 'recording'> {
  const joins = plan.joins ?? [];
  return {
    topics: plan.topics.map(({ topic }) => topic),
    members: [
      ...first.map((id) => ({ id, fromSeq: 0 })),
      ...joins.flatMap(({ seq, components }) => components.map((id) => ({ id, fromSeq: seq }))),
    ],
    live: plan.live !== undefined,
    totalRows: plan.topics.flatMap(({ tapes }) => tapes).reduce((sum, tape) => sum + tape.rows, 0),
  };
}

/**
 * The components that take part in a run from its beginning: decided once. A later attempt must not leave out one that is
 * just reconnecting.
 */
function firstMembers(path: string, expected: readonly string[]): readonly string[] {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  writeWhole(path, JSON.stringify(expected));
  return expected;
}
