import { setTimeout as delay } from 'node:timers/promises';
import { connectBus } from '../bus/nats-bus.ts';
import type { RunRef } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import type { HomePaths } from '../model/paths.ts';
import type { RunSummary } from '../model/session.ts';
import type { RunMember, StreamBorder } from '../model/wire/data-stream-process.ts';
import type {
  LiveInit,
  OrchestratorCheckpoint,
  OrchestratorCommand,
  OrchestratorMessage,
} from '../model/wire/orchestrator-process.ts';
import { aborted } from './aborted.ts';
import type { Child } from './child.ts';
import type { DataStreams } from './data-streams.ts';
import type { Log } from './log.ts';
import { nextAttempt, RunStatusFile } from './run-files.ts';
import type { SessionWorkflows } from './session-workflows.ts';
import { SpareChild } from './spare-child.ts';
import type { StartGate } from './start-gate.ts';
import { Turns } from './turns.ts';

export interface OrchestratorsOptions {
  readonly paths: HomePaths;
  readonly natsUrl: string;
  readonly workflows: SessionWorkflows;
  readonly dataStreams: DataStreams;
  readonly gate: StartGate;
  readonly log: Log;
}

/** What a run's files say now. */
export interface FeedPlan {
  /** Topics of the plan, in its order. */
  readonly topics: readonly string[];
  readonly members: readonly RunMember[];
  /** Rows of the planned tapes, for progress. */
  readonly totalRows: number;
  /** Rows come from the market as well: nobody is waited for, and topics may change while they flow. */
  readonly live: boolean;
  /** Topics that somebody wants now. */
  readonly wanted: readonly string[];
  /** Where a realtime run is recorded. */
  readonly recording?: NonNullable<LiveInit['recording']>;
}

export interface PlannedRun {
  readonly ref: RunRef;
  /** Read at every start of an orchestrator, because components may have joined since. */
  readonly plan: () => Promise<FeedPlan>;
}

export interface FeedRequest extends PlannedRun {
  /** Folder of the run; holds `plan.json`. */
  readonly folder: string;
  readonly resume?: OrchestratorCheckpoint;
}

interface Feed {
  readonly request: FeedRequest;
  readonly child: Child<OrchestratorCommand, OrchestratorMessage>;
  readonly result: Promise<RunSummary>;
  checkpoint: OrchestratorCheckpoint | undefined;
  /** Another one goes on with the run. */
  replaced: boolean;
}

type Frozen = Extract<StreamBorder, { state: 'frozen' }>;

const POLL_MS = 25;

/** The orchestrators of a host, one process per running session. */
export class Orchestrators {
  readonly #options: OrchestratorsOptions;
  readonly #feeds = new Map<string, Feed>();
  /** Starts and changes of the plan, one after the other per session. */
  readonly #turns = new Turns();
  readonly #processes = new SpareChild<OrchestratorCommand, OrchestratorMessage>({ folder: 'orchestrator' });

  constructor(options: OrchestratorsOptions) {
    this.#options = options;
  }

  /** Finds or starts the orchestrator of a run and waits for the end of the data. Aborting ends the waiting only. */
  async run(request: FeedRequest, signal: AbortSignal): Promise<RunSummary> {
    const { sessionId } = request.ref;
    const over = aborted(signal);
    for (;;) {
      const feed = await this.#turns.take(sessionId, () => this.#findOrStart(request));
      try {
        return await Promise.race([feed.result, over]);
      } catch (error) {
        if (signal.aborted || !feed.replaced) throw error;
      } finally {
        // A lease that only lapsed leaves the feed to the next one.
        if (!signal.aborted && this.#feeds.get(sessionId) === feed) this.#feeds.delete(sessionId);
      }
    }
  }

  /**
   * Changes the plan of a run while it flows: stops the stream at a border of slices, lets `change` write the new plan, and
   * goes on. False when the stream is over.
   */
  async extend(run: PlannedRun, change: (border: Frozen) => void, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const state = await this.#turns.take(run.ref.sessionId, () => this.#extendNow(run, change));
      if (state !== 'wait') return state === 'frozen';
      await delay(POLL_MS);
    }
    throw signal.reason;
  }

  /** Where a new attempt may begin to merge. */
  checkpoint(sessionId: string, run: number): OrchestratorCheckpoint | undefined {
    return this.#find(sessionId, run)?.checkpoint;
  }

  /** A realtime run has other topics from now on. Nothing stands still. */
  async retopic({ ref, plan }: PlannedRun): Promise<void> {
    await this.#turns.take(ref.sessionId, async () => {
      const changed = await plan();
      await this.#begin(ref, changed);
      this.#find(ref.sessionId, ref.run)?.child.send({ type: 'topics', wanted: [...changed.wanted] });
    });
  }

  /** Ends a realtime run where it is; what components have not taken yet is still delivered. Undefined when it does not run. */
  async finish(sessionId: string, run: number): Promise<RunSummary | undefined> {
    const feed = this.#find(sessionId, run);
    if (feed === undefined) return undefined;
    feed.child.send({ type: 'stop' });
    try {
      return await feed.result;
    } finally {
      await this.end(sessionId, run);
    }
  }

  /** Removes what is kept of a realtime session's stream in NATS. */
  async forget(sessionId: string): Promise<void> {
    const bus = await connectBus({ url: this.#options.natsUrl, name: `end of ${sessionId}`, waitForServer: false });
    try {
      await bus.log(sessionId).remove();
    } finally {
      await bus.close();
    }
  }

  /**
   * Lets the orchestrator follow what the session says now: of two changes the later one may be told first. One that is
   * being started is waited for: it may have asked before the change.
   */
  async followPause({ sessionId, session, run }: RunRef): Promise<void> {
    await this.#turns.take(sessionId, async () => {
      const { paused } = await this.#options.workflows.state(session);
      this.#find(sessionId, run)?.child.send({ type: paused ? 'pause' : 'resume' });
    });
  }

  async end(sessionId: string, run: number): Promise<void> {
    const feed = this.#find(sessionId, run);
    if (feed === undefined) return;
    this.#feeds.delete(sessionId);
    await endOf(feed);
  }

  /** Has a process ready for the next run. */
  prepare(): void {
    this.#processes.prepare();
  }

  async endAll(): Promise<void> {
    const feeds = [...this.#feeds].map(([sessionId, { request }]) => this.end(sessionId, request.ref.run));
    await Promise.all([this.#processes.end(), ...feeds]);
  }

  #find(sessionId: string, run: number): Feed | undefined {
    const feed = this.#feeds.get(sessionId);
    return feed?.request.ref.run === run ? feed : undefined;
  }

  async #findOrStart(request: FeedRequest): Promise<Feed> {
    const { sessionId, run } = request.ref;
    const known = this.#feeds.get(sessionId);
    if (known?.request.ref.run === run) return known;
    if (known !== undefined) await this.end(sessionId, known.request.ref.run);
    return this.#start(request);
  }

  async #extendNow({ ref, plan }: PlannedRun, change: (border: Frozen) => void): Promise<StreamBorder['state']> {
    const { sessionId, run } = ref;
    const { dataStreams } = this.#options;
    const { state } = await dataStreams.freeze(sessionId, run);
    if (state !== 'frozen') return state;
    const feed = this.#find(sessionId, run);
    if (feed !== undefined) {
      feed.replaced = true;
      await endOf(feed);
    }
    try {
      // A server that was restarted meanwhile does not know that it was frozen; without a feed it stays where it is.
      const border = await dataStreams.freeze(sessionId, run);
      if (border.state !== 'frozen') return border.state;
      change(border);
      return 'frozen';
    } finally {
      if (feed === undefined) await this.#begin(ref, await plan());
      else await this.#start({ ...feed.request, ...(feed.checkpoint ? { resume: feed.checkpoint } : {}) });
    }
  }

  async #begin({ sessionId, run }: RunRef, { topics, members, live }: FeedPlan): Promise<void> {
    await this.#options.dataStreams.beginRun(sessionId, { run, topics, members, live });
  }

  /** Holds its place at the gate until the process has said something, or has ended. */
  async #start(request: FeedRequest): Promise<Feed> {
    return this.#options.gate.pass(async () => {
      const feed = await this.#fork(request);
      await feed.child.first(() => true).catch(() => {});
      return feed;
    });
  }

  async #fork(request: FeedRequest): Promise<Feed> {
    const { natsUrl, paths, workflows, dataStreams, log } = this.#options;
    const { ref, folder, resume } = request;
    const { sessionId, session, run } = ref;
    const { paused } = await workflows.state(session);
    const plan = await request.plan();
    await this.#begin(ref, plan);
    const child = this.#processes.take((line) => log('warn', `orchestrator of ${session}: ${line}`));
    const feed: Feed = { request, child, result: resultOf(child), checkpoint: resume, replaced: false };
    feed.result.catch(() => {});
    this.#feeds.set(sessionId, feed);
    const status = new RunStatusFile(folder, plan.totalRows, () => dataStreams.status(sessionId));
    child.listen((message) => {
      if (message.type === 'notice') workflows.notice(session, { event: message.event, text: message.text });
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
      ...(plan.live ? { live: liveInit(plan, dataStreams.directPath(sessionId)) } : {}),
      ...(resume === undefined ? {} : { resume }),
    });
    return feed;
  }
}

function liveInit({ wanted, recording }: FeedPlan, directPath: string): LiveInit {
  return { wanted: [...wanted], directPath, ...(recording === undefined ? {} : { recording }) };
}

async function endOf({ child }: Feed): Promise<void> {
  child.send({ type: 'stop' });
  await child.end();
}

async function resultOf(child: Child<OrchestratorCommand, OrchestratorMessage>): Promise<RunSummary> {
  const end = await child
    .first((message) => (message.type === 'progress' || message.type === 'notice' ? undefined : message))
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
