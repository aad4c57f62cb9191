import type { RunRef } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import type { HomePaths } from '../model/paths.ts';
import type { RunSummary } from '../model/session.ts';
import type {
  OrchestratorCheckpoint,
  OrchestratorCommand,
  OrchestratorMessage,
} from '../model/wire/orchestrator-process.ts';
import { Child } from './child.ts';
import type { DataStreams } from './data-streams.ts';
import type { Log } from './log.ts';
import { nextAttempt, RunStatusFile } from './run-files.ts';
import type { SessionWorkflows } from './session-workflows.ts';

export interface OrchestratorsOptions {
  readonly paths: HomePaths;
  readonly natsUrl: string;
  readonly workflows: SessionWorkflows;
  readonly dataStreams: DataStreams;
  readonly log: Log;
}

export interface FeedRequest {
  readonly ref: RunRef;
  /** Folder of the run; holds `plan.json`. */
  readonly folder: string;
  /** Topics of the plan, in its order. */
  readonly topics: readonly string[];
  readonly expected: readonly string[];
  /** Rows of the planned tapes, for progress. */
  readonly totalRows: number;
  readonly resume?: OrchestratorCheckpoint;
}

interface Feed {
  readonly run: number;
  readonly child: Child<OrchestratorCommand, OrchestratorMessage>;
  readonly result: Promise<RunSummary>;
  checkpoint: OrchestratorCheckpoint | undefined;
}

/** The orchestrators of a host, one process per running session. */
export class Orchestrators {
  readonly #options: OrchestratorsOptions;
  readonly #feeds = new Map<string, Feed>();

  constructor(options: OrchestratorsOptions) {
    this.#options = options;
  }

  /** Finds or starts the orchestrator of a run and waits for the end of the data. Aborting ends the waiting only. */
  async run(request: FeedRequest, signal: AbortSignal): Promise<RunSummary> {
    const { sessionId, run } = request.ref;
    const known = this.#feeds.get(sessionId);
    if (known !== undefined && known.run !== run) await this.end(sessionId, known.run);
    const feed = known?.run === run ? known : await this.#start(request);
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    try {
      return await Promise.race([feed.result, aborted]);
    } finally {
      // A lease that only lapsed leaves the feed to the next one.
      if (!signal.aborted && this.#feeds.get(sessionId) === feed) this.#feeds.delete(sessionId);
    }
  }

  /** Where a new attempt may begin to merge. */
  checkpoint(sessionId: string, run: number): OrchestratorCheckpoint | undefined {
    const feed = this.#feeds.get(sessionId);
    return feed?.run === run ? feed.checkpoint : undefined;
  }

  setPaused(sessionId: string, run: number, paused: boolean): void {
    const feed = this.#feeds.get(sessionId);
    if (feed?.run === run) feed.child.send({ type: paused ? 'pause' : 'resume' });
  }

  async end(sessionId: string, run: number): Promise<void> {
    const feed = this.#feeds.get(sessionId);
    if (feed?.run !== run) return;
    this.#feeds.delete(sessionId);
    feed.child.send({ type: 'stop' });
    await feed.child.end();
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#feeds].map(([sessionId, { run }]) => this.end(sessionId, run)));
  }

  async #start(request: FeedRequest): Promise<Feed> {
    const { natsUrl, paths, workflows, dataStreams, log } = this.#options;
    const { ref, folder, topics, expected, resume } = request;
    const { sessionId, session, run } = ref;
    const { paused } = await workflows.state(session);
    await dataStreams.beginRun(sessionId, { run, topics, expected });
    const child = new Child<OrchestratorCommand, OrchestratorMessage>({
      entry: 'orchestrator/main',
      onOutput: (line) => log('warn', `orchestrator of ${session}: ${line}`),
    });
    const feed: Feed = { run, child, result: resultOf(child), checkpoint: resume };
    feed.result.catch(() => {});
    this.#feeds.set(sessionId, feed);
    const status = new RunStatusFile(folder, request.totalRows, () => dataStreams.status(sessionId));
    child.listen((message) => {
      if (message.type !== 'progress') return;
      feed.checkpoint = message.checkpoint;
      void status.write(message);
    });
    child.send({
      type: 'init',
      sessionId,
      natsUrl,
      planPath: `${folder}/plan.json`,
      tapesDir: paths.tapes,
      run,
      attempt: nextAttempt(folder),
      paused,
      ...(resume === undefined ? {} : { resume }),
    });
    return feed;
  }
}

async function resultOf(child: Child<OrchestratorCommand, OrchestratorMessage>): Promise<RunSummary> {
  const end = await child
    .first((message) => (message.type === 'progress' ? undefined : message))
    .catch((error: unknown) => {
      throw new AegisError('PROCESS_LOST', `the orchestrator: ${error instanceof Error ? error.message : error}`);
    });
  switch (end.type) {
    case 'finished': {
      const { rows, elapsedMs, components } = end;
      return { rows, elapsedMs, components };
    }
    case 'failed':
      throw AegisError.fromData(end.error);
    case 'fenced':
    case 'stopped':
      throw new AegisError('PROCESS_LOST', `the orchestrator was ${end.type}`);
    default:
      return end satisfies never;
  }
}
