import type { ComponentState } from './component-state.ts';
import type { ErrorCode } from './errors.ts';
import type { Market } from './market.ts';
import type { SessionState } from './session-state.ts';
import type { LogLimits } from './wire/live-log.ts';

/** What a session is created with. Durations are ms, times unix ms. */
export type SessionSpec = HistoricalSpec | RealtimeSpec;

interface CommonSpec {
  readonly market: Market;
  /** How long a component may take from its launch to RUNNING; default 60 s. */
  readonly startTimeoutMs: number;
  /** How long the stream waits for the first data connection of a RUNNING component; default 15 s. */
  readonly dataGraceMs: number;
  /** How long a lost data connection holds the clock, or the end of a realtime run; default 120 s, at least 30 s. */
  readonly dataReconnectMs: number;
}

export interface HistoricalSpec extends CommonSpec {
  readonly mode: 'historical';
  /** Rows with `from <= ts < to` are delivered. */
  readonly from: number;
  readonly to: number;
  /** Run over what there is when days lack their tapes; default false: the start is refused. */
  readonly allowGaps: boolean;
  /** Plays what a realtime run has recorded, in the order in which it was delivered, in place of tapes of archives. */
  readonly recording?: RecordingRef;
}

export interface RealtimeSpec extends CommonSpec {
  readonly mode: 'realtime';
  /** Begins with history from here on, and passes into the live market; absent: with what comes first. */
  readonly from?: number;
  /** A server that speaks the exchange's dialect, http(s) URL; absent: the exchange itself. */
  readonly endpoint?: string;
  /** Short topics beside those of the components: recorded, delivered to nobody. */
  readonly topics: readonly string[];
  /** How much of the stream is kept for components that fall behind or come back; default 24 h and 1 GiB. */
  readonly log: LogLimits;
  /** Whether what is delivered is recorded into tapes; default true. */
  readonly record: boolean;
}

/** A run of a realtime session that was recorded. */
export interface RecordingRef {
  readonly session: string;
  readonly sessionId: string;
  readonly run: number;
}

export const SESSION_DEFAULTS = {
  allowGaps: false,
  log: { maxAgeMs: 86_400_000, maxBytes: 1024 ** 3 },
  record: true,
  startTimeoutMs: 60_000,
  dataGraceMs: 15_000,
  dataReconnectMs: 120_000,
} as const;

export interface RestartPolicy {
  /** `on-failure`: a non-zero exit code or a signal. */
  readonly policy: 'never' | 'on-failure' | 'always';
  /**
   * Restarts within one run before the component counts as failed; default 5. A process that has run for 10 minutes begins
   * anew with the count.
   */
  readonly limit: number;
  /** Delay before the first restart; it doubles up to `maxBackoffMs`. Defaults 500 ms and 30 s. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export const RESTART_DEFAULTS: RestartPolicy = {
  policy: 'on-failure',
  limit: 5,
  backoffMs: 500,
  maxBackoffMs: 30_000,
};

export interface StopPolicy {
  /** At a shutdown smaller numbers stop first, equal ones together; the next ones when these are gone. Default 0. */
  readonly order: number;
  /** How long the component may take after SHUTDOWN before SIGTERM, ms; SIGKILL follows 3 s later. Default 2 s. */
  readonly timeoutMs: number;
}

export const STOP_DEFAULTS: StopPolicy = { order: 0, timeoutMs: 2_000 };

/** How aegisd starts a component's process. */
export interface LaunchSpec {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute; default: the folder in which `attach` was called. */
  readonly cwd: string;
  /** Added to aegisd's own environment; never holds secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables whose values are in the host's secret store: read at the launch, never part of a history. */
  readonly secrets?: readonly string[];
}

export interface ComponentSpec {
  readonly id: string;
  /** Unique within the session. */
  readonly name: string;
  /** Absent for a component that is started by hand. */
  readonly launch?: LaunchSpec;
  /** A session fails with a required component and goes on without another; default true. */
  readonly required: boolean;
  readonly restart: RestartPolicy;
  /** Default {@link STOP_DEFAULTS}. */
  readonly stop?: StopPolicy;
  /** Sent with CONFIGURE. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** How a component's process ended. */
export interface ComponentExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** `exit code 1`, `killed by SIGKILL`, `cannot be started: …`. */
  readonly reason: string;
  /** The program could not be started at all: a restart would not help. */
  readonly unstartable: boolean;
}

/** It was stopped before its process was started. */
export const NEVER_LAUNCHED: ComponentExit = {
  code: null,
  signal: null,
  reason: 'stopped before it was launched',
  unstartable: false,
};

export interface Component extends ComponentSpec {
  readonly state: ComponentState;
  /** Whether aegisd should keep its process running. */
  readonly wanted: boolean;
  /** Counts launches of its process; a launch that was asked for twice happens once. */
  readonly incarnation: number;
  /** Restarts since the run began, or since a process last ran for long. */
  readonly restarts: number;
  /** When its process ended without being asked to, unix ms: the last ones within {@link CRASH_LOOP}. */
  readonly failures?: readonly number[];
  /** It came while a run was under way, and does not take part in it yet. */
  readonly joining?: true;
  /** Its current control connection, if any. */
  readonly connection?: string;
  /** Short topics it declared at REGISTER. */
  readonly topics: readonly string[];
  readonly version?: string;
  readonly lastExit?: ComponentExit;
  readonly lastError?: { readonly code: string; readonly message: string; readonly recoverable: boolean };
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** What to do next, where it is known better than the code tells. */
  readonly remedy?: string;
  /** Plain data for machines, e.g. the list of missing days. Bounded by whoever makes it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What one component got in a run. */
export interface DeliverySummary {
  readonly rows: number;
  readonly bytes: number;
  /** Stream hash, see docs/stream.md; absent for a component that did not take the whole stream. */
  readonly hash?: string;
}

export interface RunSummary {
  readonly rows: number;
  /** Wall time from the first to the last row, ms. */
  readonly elapsedMs: number;
  /** By component id. */
  readonly components: Readonly<Record<string, DeliverySummary>>;
}

/** Everything a session's workflow knows; what the `state` query answers. */
export interface Session {
  readonly id: string;
  readonly name: string;
  /** The host that runs its processes; activities go to its task queue. */
  readonly host: string;
  readonly spec: SessionSpec;
  readonly state: SessionState;
  readonly paused: boolean;
  /** Number of the current or last run; 0 before the first. */
  readonly run: number;
  readonly components: readonly Component[];
  /** Ids of detached components, newest last: their SDKs try to register once more and are refused. */
  readonly retired: readonly string[];
  /** How the last run ended. */
  readonly outcome?: 'end-of-data' | 'stopped';
  readonly summary?: RunSummary;
  readonly failure?: Failure;
}

export function findComponent(session: Session, id: string): Component | undefined {
  return session.components.find((component) => component.id === id);
}

/** The union of what the components declared and of what is only recorded, without repetition. */
export function sessionTopics({ components, spec }: Session): string[] {
  const own = spec.mode === 'realtime' ? spec.topics : [];
  return [...new Set([...components.flatMap((component) => component.topics), ...own])];
}

/** It has ended, and is not started again in this run. */
export function isOver({ wanted, state }: Pick<Component, 'wanted' | 'state'>): boolean {
  return !wanted && (state === 'SHUTDOWN' || state === 'ERROR');
}

export function findByIdOrName(session: Session, idOrName: string): Component | undefined {
  return findComponent(session, idOrName) ?? session.components.find((component) => component.name === idOrName);
}

export function withComponent(session: Session, changed: Component): Session {
  const components = session.components.map((component) => (component.id === changed.id ? changed : component));
  return { ...session, components };
}
