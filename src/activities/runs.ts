import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { Context } from '@temporalio/activity';
import { writeWhole } from '../host/run-files.ts';
import type { RecordInput, RunRef, SessionActivities } from '../model/activities.ts';
import { isLive } from '../model/component-state.ts';
import type { RunSummary } from '../model/session.ts';
import { checkpointSchema } from '../model/wire/orchestrator-process.ts';
import { underLease, wasRequested } from './lease.ts';
import { prepareRun } from './prepare-run.ts';
import { rebirth } from './rebirth.ts';
import { folderOf, readRunFile, runFilePath, writeRunFile } from './run-file.ts';
import type { SessionHost } from './session-host.ts';

type RunActivities = Pick<SessionActivities, 'prepareRun' | 'rebirth' | 'runStream' | 'setPaused' | 'recordRun'>;

export function runActivities(host: SessionHost): RunActivities {
  return {
    prepareRun: (input) => underLease((signal) => prepareRun(host, input, signal)),

    rebirth: (input) => underLease(() => rebirth(host, input)),

    runStream: (ref) => runStream(host, ref),

    setPaused: async ({ sessionId, run, paused }) => host.orchestrators.setPaused(sessionId, run, paused),

    recordRun: async (input) => recordRun(host, input),
  };
}

async function runStream(host: SessionHost, ref: RunRef): Promise<RunSummary> {
  const { home } = host.paths;
  const { plan } = readRunFile(home, ref);
  const folder = folderOf(home, ref);
  const resume = checkpointSchema.safeParse(Context.current().info.heartbeatDetails).data;
  const request = {
    ref,
    folder,
    topics: plan.topics.map(({ topic }) => topic),
    expected: await expectedComponents(host, ref),
    totalRows: plan.topics.flatMap(({ tapes }) => tapes).reduce((sum, tape) => sum + tape.rows, 0),
    ...(resume === undefined ? {} : { resume }),
  };
  try {
    return await underLease(
      (signal) => host.orchestrators.run(request, signal),
      () => host.orchestrators.checkpoint(ref.sessionId, ref.run) ?? resume,
    );
  } catch (error) {
    if (wasRequested(error)) await host.orchestrators.end(ref.sessionId, ref.run);
    throw error;
  }
}

/**
 * The components that take part in a run: decided once, when it begins. A later attempt must not leave out one that is
 * just reconnecting.
 */
async function expectedComponents(host: SessionHost, ref: RunRef): Promise<readonly string[]> {
  const path = `${folderOf(host.paths.home, ref)}/expected.json`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const { components } = await host.workflows.state(ref.session);
  const expected = components.filter(({ state, topics }) => isLive(state) && topics.length > 0).map(({ id }) => id);
  writeWhole(path, JSON.stringify(expected));
  return expected;
}

function recordRun(host: SessionHost, { events, outcome, summary, ...ref }: RecordInput): void {
  const { home } = host.paths;
  const folder = folderOf(home, ref);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  appendFileSync(`${folder}/events.ndjson`, events.map((event) => `${JSON.stringify(event)}\n`).join(''), {
    mode: 0o600,
  });
  // A start that was refused before its plan was made has no run file.
  if (!existsSync(runFilePath(home, ref))) return;
  const file = readRunFile(home, ref);
  writeRunFile(home, { ...file, endedAt: Date.now(), outcome, ...(summary === undefined ? {} : { summary }) });
}
