import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { Context } from '@temporalio/activity';
import type { RecordInput, RunRef, SessionActivities } from '../model/activities.ts';
import type { RunSummary } from '../model/session.ts';
import { checkpointSchema } from '../model/wire/orchestrator-process.ts';
import { feedPlan } from './feed-plan.ts';
import { joinRun } from './join-run.ts';
import { underLease, wasRequested } from './lease.ts';
import { prepareRun } from './prepare-run.ts';
import { rebirth } from './rebirth.ts';
import { folderOf, readRunFile, runFilePath, writeRunFile } from './run-file.ts';
import type { SessionHost } from './session-host.ts';

type RunActivities = Pick<
  SessionActivities,
  'prepareRun' | 'rebirth' | 'runStream' | 'finishRun' | 'joinRun' | 'setPaused' | 'recordRun'
>;

export function runActivities(host: SessionHost): RunActivities {
  return {
    prepareRun: (input) => underLease((signal) => prepareRun(host, input, signal)),

    rebirth: (input) => underLease(() => rebirth(host, input)),

    runStream: (ref) => runStream(host, ref),

    finishRun: ({ sessionId, run }) => underLease(() => host.orchestrators.finish(sessionId, run)),

    joinRun: (input) => underLease((signal) => joinRun(host, input, signal)),

    setPaused: (ref) => host.orchestrators.followPause(ref),

    recordRun: async (input) => recordRun(host, input),
  };
}

async function runStream(host: SessionHost, ref: RunRef): Promise<RunSummary> {
  const { home } = host.paths;
  const folder = folderOf(home, ref);
  const resume = checkpointSchema.safeParse(Context.current().info.heartbeatDetails).data;
  const request = { ref, folder, plan: () => feedPlan(host, ref), ...(resume === undefined ? {} : { resume }) };
  try {
    return await underLease(
      (signal) => host.orchestrators.run(request, signal),
      () => host.orchestrators.checkpoint(ref.sessionId, ref.run) ?? resume,
    );
  } catch (error) {
    // What a realtime run has delivered by then still counts: `finishRun` ends it.
    const live = readRunFile(home, ref).plan.live !== undefined;
    if (wasRequested(error) && !live) await host.orchestrators.end(ref.sessionId, ref.run);
    throw error;
  }
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
