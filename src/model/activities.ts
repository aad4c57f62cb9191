import type { ComponentExit, LaunchSpec, RunSummary, SessionSpec } from './session.ts';

/**
 * What workflows cause to happen, as the workflow sees it. Activities are leases: one says "this must run", finds it
 * or starts it on the session's host, and returns when it has ended. A retried activity adopts what runs.
 */
export interface SessionActivities {
  /** Keeps one process of a component: returns how that incarnation ended, also when it ended long ago. */
  superviseComponent(input: SuperviseInput): Promise<ComponentExit>;
  /** Hands a changed configuration to a running component. */
  deliverConfig(input: DeliverConfigInput): Promise<ConfigDelivery>;
  /** SHUTDOWN over the control socket, `timeoutMs`, SIGTERM, 3 s, SIGKILL. Returns when the process is gone. */
  stopComponent(input: StopInput): Promise<void>;
  /** The stream waits for a component no longer that has ended for good. */
  releaseComponent(input: ComponentRef): Promise<void>;
  /** Keeps the session's data stream server; ends only when it is cancelled. */
  serveDataStream(input: DataStreamInput): Promise<void>;
  /** Plans a run, imports the archives it lacks tapes for, writes `run.json`. Fails with the codes of a refused start. */
  prepareRun(input: PrepareInput): Promise<PreparedRun>;
  /** Closes the data connections, sends REBORN, and says which components did not obey. */
  rebirth(input: RebirthInput): Promise<RebirthAnswer>;
  /** Keeps the orchestrator of a run; returns at the end of the data. Its heartbeat is a position. */
  runStream(input: RunRef): Promise<RunSummary>;
  /** Ends a realtime run where it is and tells what it has delivered; undefined when nothing runs any more. */
  finishRun(input: RunRef): Promise<RunSummary | undefined>;
  /** Components that came while the run was under way take part in it. Fails with the codes of a refused start. */
  joinRun(input: JoinInput): Promise<JoinedRun>;
  /** Lets a running orchestrator follow the session; one that starts later asks it. `paused` is for the reader. */
  setPaused(input: RunRef & { readonly paused: boolean }): Promise<void>;
  /** Completes `run.json` and writes the run's `events.ndjson`. */
  recordRun(input: RecordInput): Promise<void>;
  /** Ends what is left of a session on its host: connections, data stream server, socket. */
  closeSession(input: SessionRef): Promise<void>;
}

export interface SessionRef {
  readonly sessionId: string;
  /** The session's name; its workflow id is `session/<name>`. */
  readonly session: string;
}

export interface RunRef extends SessionRef {
  readonly run: number;
}

export interface ComponentRef extends SessionRef {
  readonly componentId: string;
  readonly name: string;
}

export interface SuperviseInput extends ComponentRef {
  readonly incarnation: number;
  readonly launch: LaunchSpec;
  readonly mode: SessionSpec['mode'];
  readonly run: number;
}

export interface StopInput extends ComponentRef {
  /** See {@link StopPolicy}; missing in histories of 0.1.0: 2 s. */
  readonly timeoutMs?: number;
}

export interface DeliverConfigInput extends ComponentRef {
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * `acknowledged`: the running component has taken it. `later`: it takes none while it runs, and gets it with its next
 * CONFIGURE. `unanswered`: it was told and has said nothing in time. `refused`: it goes on with the one before.
 */
export type ConfigDelivery =
  | { readonly answer: 'acknowledged' | 'later' | 'unanswered' }
  | { readonly answer: 'refused'; readonly problem: string };

export interface DataStreamInput extends SessionRef {
  readonly dataGraceMs: number;
  readonly dataReconnectMs: number;
}

export interface PrepareInput extends RunRef {
  readonly spec: SessionSpec;
  readonly topics: readonly string[];
}

export interface PreparedRun {
  readonly topics: number;
  readonly tapes: number;
  /** Rows in the planned tapes: an upper bound of what the run delivers. */
  readonly rows: number;
  readonly gaps: number;
}

export interface JoinInput extends RunRef {
  readonly spec: SessionSpec;
  readonly components: readonly { readonly id: string; readonly topics: readonly string[] }[];
}

/** `over`: the stream had ended before. */
export type JoinedRun =
  | { readonly state: 'over' }
  | {
      readonly state: 'joined';
      /** Number of the first row of the merged stream that they may get. */
      readonly seq: number;
      /** Unix ms: rows of added topics from here on. */
      readonly ts: number;
      /** Topics that nobody had declared before. */
      readonly topics: readonly string[];
    };

export interface RebirthInput extends RunRef {
  readonly components: readonly string[];
}

export interface RebirthAnswer {
  /** Components that neither acknowledged REBORN nor opened a new data connection. */
  readonly disobeyed: readonly string[];
}

export interface RecordInput extends RunRef {
  readonly outcome: string;
  readonly summary?: RunSummary;
  readonly events: readonly LogEntry[];
}

/** One line of a session's record: what happened, to what, and what came of it. */
export interface LogEntry {
  /** Unix ms. */
  readonly at: number;
  readonly run: number;
  /** Name of the event: a command, a report or an incident; `…/refused` when nothing changed. */
  readonly event: string;
  readonly component?: string;
  readonly state: string;
  readonly text?: string;
}

/** Workflow id of a session. */
export function workflowId(session: string): string {
  return `session/${session}`;
}

/** Activities of a session go to the queue of its host, which is the same over restarts of aegisd. */
export function hostQueue(host: string): string {
  return `aegis-host.${host}`;
}

export const CONTROL_QUEUE = 'aegis';
