import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { connectHotBus } from '../bus/hot/hot-bus.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import { giveBackWhenIdle } from '../model/idle-memory.ts';
import type { StreamPlan } from '../model/plan.ts';
import {
  ORCHESTRATOR_EXIT,
  type OrchestratorInit,
  type OrchestratorMessage,
  orchestratorCommandSchema,
} from '../model/wire/orchestrator-process.ts';
import type { LiveOrchestrator, LiveOrchestratorOptions } from './live/live-orchestrator.ts';
import { Notices } from './live/notices.ts';
import { Orchestrator, type OrchestratorEnd } from './orchestrator.ts';
import { planSources } from './plan-sources.ts';
import { reportProgress } from './report-progress.ts';

/**
 * The process of an orchestrator, forked by aegisd. The first message must be `init`; the process ends with the run,
 * and with its parent.
 */
let replay: Orchestrator | undefined;
let live: LiveOrchestrator | undefined;
let begun = false;
let stopped = false;
let paused: boolean | undefined;
let wanted: readonly string[] | undefined;
let notices: Notices | undefined;

giveBackWhenIdle();
process.on('disconnect', () => process.exit(ORCHESTRATOR_EXIT.failed));
process.on('message', (message) => {
  const command = orchestratorCommandSchema.parse(message);
  switch (command.type) {
    case 'init':
      if (begun) throw new AegisError('INTERNAL', 'an orchestrator process feeds one run');
      begun = true;
      main(command).catch(fail);
      return;
    case 'pause':
    case 'resume':
      paused = command.type === 'pause';
      applyCommands();
      return;
    case 'topics':
      wanted = command.wanted;
      applyCommands();
      return;
    case 'stop':
      stopped = true;
      applyCommands();
  }
});

async function main(init: OrchestratorInit): Promise<void> {
  const plan = await readPlan(init.planPath);
  const bus = await connectHotBus({ url: init.natsUrl, name: `orchestrator ${init.sessionId}` });
  const orchestrator =
    plan.live === undefined ? fromTapes(init, plan, bus) : await fromMarket(init, { ...plan, live: plan.live }, bus);
  applyCommands();
  const reports = reportProgress(orchestrator, send);
  const end = await orchestrator.run();
  reports.stop();
  await bus.close();
  leave(end, end.type === 'fenced' ? ORCHESTRATOR_EXIT.fenced : ORCHESTRATOR_EXIT.ok);
}

function fromTapes({ sessionId, run, attempt, resume, ...init }: OrchestratorInit, plan: StreamPlan, bus: Bus) {
  replay = new Orchestrator({
    bus,
    sessionId,
    topics: planSources(plan, init.tapesDir),
    from: plan.from,
    to: plan.to,
    borders: plan.joins?.map(({ seq }) => seq) ?? [],
    run,
    attempt,
    paused: init.paused,
    onWarning: (text) => process.stderr.write(`${text}\n`),
    ...(resume === undefined ? {} : { resume }),
  });
  return replay;
}

/** Its modules are loaded only when they are used: 10 MB that a replay does not need. */
async function fromMarket(init: OrchestratorInit, plan: LiveOrchestratorOptions['plan'], bus: Bus) {
  const { LiveOrchestrator } = await import('./live/live-orchestrator.ts');
  const { sessionId, run, attempt, tapesDir, planPath } = init;
  // Inherited from aegisd, so that it stands in no message, file or history.
  const apiKey = process.env.AEGIS_BINANCE_API_KEY;
  const gathered = new Notices({
    path: `${dirname(planPath)}/stream.ndjson`,
    tell: (event, text) => send({ type: 'notice', event, text }),
  });
  notices = gathered;
  live = new LiveOrchestrator({
    bus,
    sessionId,
    run,
    attempt,
    plan,
    tapesDir,
    wanted: init.live?.wanted ?? [],
    ...(apiKey === undefined || apiKey === '' ? {} : { apiKey }),
    ...(init.live?.directPath === undefined ? {} : { directPath: init.live.directPath }),
    ...(init.live?.recording === undefined ? {} : { recording: { ...init.live.recording, natsUrl: init.natsUrl } }),
    onNotice: (event, text) => gathered.add(event, text),
  });
  return live;
}

/** Commands may come while the plan is still being read. */
function applyCommands(): void {
  const orchestrator = live ?? replay;
  if (stopped) orchestrator?.stop();
  if (wanted !== undefined) live?.want(wanted);
  if (paused === true) replay?.pause();
  if (paused === false) replay?.resume();
}

/** The plan was written by aegisd, not by a user: it is trusted to have its form. */
async function readPlan(path: string): Promise<StreamPlan> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new AegisError('STREAM_FAILED', `the plan cannot be read: ${messageOf(error)}`, {
      where: path,
      cause: error,
    });
  }
}

function send(message: OrchestratorMessage): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
  leave({ type: 'failed', error: known.toJSON() }, ORCHESTRATOR_EXIT.failed);
}

function leave(message: OrchestratorEnd | Extract<OrchestratorMessage, { type: 'failed' }>, code: number): void {
  notices?.flush();
  if (process.send === undefined || !process.connected) process.exit(code);
  process.send(message, () => process.exit(code));
}
