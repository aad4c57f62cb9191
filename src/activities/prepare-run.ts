import { mkdirSync } from 'node:fs';
import { writeWhole } from '../host/run-files.ts';
import type { PreparedRun, PrepareInput } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import { STATUS_TYPE } from '../model/market.ts';
import type { StreamPlan } from '../model/plan.ts';
import { recordingFolder, runStatusPath } from '../model/run-status.ts';
import type { HistoricalSpec, SessionSpec } from '../model/session.ts';
import { parseTopic, topicProblem } from '../model/topic.ts';
import { packageVersion } from '../servers/package-root.ts';
import { importMissing } from '../tape/import.ts';
import { fetchCommand, missingRanges, rangeText } from '../tape/missing.ts';
import type { TapePlan } from '../tape/plan.ts';
import { planRecordingInThread, planTapesInThread } from '../tape/plan-thread.ts';
import { planLive } from './plan-live.ts';
import { folderOf, type RunFile, writeRunFile } from './run-file.ts';
import type { SessionHost } from './session-host.ts';

/** The list of what is missing is cut here: it travels in the workflow's history. */
const LISTED = 100;
const SHOWN = 5;
const STATUS_EVERY_MS = 500;
const VERSIONS = { aegis: packageVersion(), node: process.versions.node };

/** Plans a run and writes its files. */
export async function prepareRun(host: SessionHost, input: PrepareInput, signal: AbortSignal): Promise<PreparedRun> {
  const { spec } = input;
  checkTopics(input.spec, input.topics);
  const plan = await planRun(host, input, signal);
  const file: RunFile = {
    version: 1,
    session: input.session,
    sessionId: input.sessionId,
    run: input.run,
    spec,
    plan,
    versions: VERSIONS,
    preparedAt: Date.now(),
  };
  writeRunFile(host.paths.home, file);
  const tapes = plan.topics.flatMap((topic) => topic.tapes);
  const rows = tapes.reduce((sum, tape) => sum + tape.rows, 0);
  return { topics: plan.topics.length, tapes: tapes.length, rows, gaps: file.plan.gaps.length };
}

async function planRun(host: SessionHost, input: PrepareInput, signal: AbortSignal): Promise<StreamPlan> {
  const { spec, topics } = input;
  if (spec.mode === 'realtime') return planLive(host, { ...input, spec }, signal);
  const { market, from, to } = spec;
  if (spec.recording !== undefined) {
    const folder = recordingFolder(host.paths.home, spec.recording);
    return planRecordingInThread({ folder, tapesDir: host.paths.tapes, topics });
  }
  const data = await planData(host, { ...input, spec }, signal);
  const silent = topics.filter(isStatus).map((topic) => ({ topic, tapes: [] }));
  return { market, from, to, topics: [...data.topics, ...silent], gaps: data.gaps };
}

export type HistoricalInput = PrepareInput & { readonly spec: HistoricalSpec };

/**
 * Plans topics over the tapes; archives that are there and not imported yet are imported first. Throws the codes of a
 * refused start.
 */
export async function planData(host: SessionHost, input: HistoricalInput, signal: AbortSignal): Promise<TapePlan> {
  const { spec } = input;
  checkTopics(input.spec, input.topics);
  const { vision: visionDir, tapes: tapesDir } = host.paths;
  const topics = input.topics.filter((topic) => !isStatus(topic));
  const request = { tapesDir, market: spec.market, topics, from: spec.from, to: spec.to };
  let plan = await planTapesInThread(request);
  if (plan.missing.length > 0) {
    mkdirSync(folderOf(host.paths.home, input), { recursive: true, mode: 0o700 });
    const onProgress = importProgress(runStatusPath(host.paths.home, input.session, input.sessionId, input.run));
    const { market } = spec;
    const { failures } = await importMissing({
      visionDir,
      tapesDir,
      market,
      missing: plan.missing,
      onProgress,
      signal,
    });
    if (failures[0] !== undefined) throw failures[0].error;
    plan = await planTapesInThread(request);
  }
  refuseMissing(plan, input);
  return plan;
}

/** Throws TOPIC_NOT_AVAILABLE naming every topic that cannot be had in the session's mode. */
export function checkTopics(spec: SessionSpec, topics: readonly string[]): void {
  // A recording has what was live.
  const mode = spec.mode === 'historical' && spec.recording !== undefined ? 'realtime' : spec.mode;
  const problems = topics.map((topic) => topicProblem(topic, mode)).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new AegisError('TOPIC_NOT_AVAILABLE', problems.join('; '));
}

/** Nothing happens to a stream that is recorded. */
function isStatus(topic: string): boolean {
  return parseTopic(topic).type === STATUS_TYPE;
}

function refuseMissing({ missing, topics }: TapePlan, { spec }: HistoricalInput): void {
  const nothing = topics.length > 0 && topics.every((topic) => topic.tapes.length === 0);
  if (missing.length === 0 || (spec.allowGaps && !nothing)) return;
  const ranges = missingRanges(missing);
  const [first] = ranges;
  const shown = ranges.slice(0, SHOWN).map(rangeText).join(', ');
  const more = ranges.length > SHOWN ? ` and ${ranges.length - SHOWN} more ranges` : '';
  throw new AegisError('DATA_MISSING', `${missing.length} days have no data: ${shown}${more}`, {
    ...(first === undefined
      ? {}
      : { remedy: `${fetchCommand(spec.market, first)}; or create the session with --allow-gaps.` }),
    details: { missing: ranges.slice(0, LISTED), days: missing.length },
  });
}

/** Tells `aegisctl` how far the import is, at most twice a second. */
function importProgress(statusPath: string) {
  let toldAt = 0;
  return ({ filesDone, files }: { readonly filesDone: number; readonly files: number }) => {
    const at = Date.now();
    if (at - toldAt < STATUS_EVERY_MS) return;
    toldAt = at;
    const text = `importing archives: ${filesDone} of ${files}`;
    writeWhole(statusPath, JSON.stringify({ rows: 0, totalRows: 0, ts: 0, rate: 0, at, text }));
  };
}
