/** How far a run is: written once or twice a second beside `run.json` by the host, read by `aegisctl`. */
export interface RunStatus {
  readonly rows: number;
  /** Rows of the planned tapes; an upper bound. */
  readonly totalRows: number;
  /** Time of the last row, unix ms. */
  readonly ts: number;
  /** Rows per second over the last moments. */
  readonly rate: number;
  /** Unix ms at which this was written. */
  readonly at: number;
  /** What goes on before rows flow: `importing 12 of 40 archives`. */
  readonly text?: string;
  /** By component id. */
  readonly components?: Readonly<Record<string, ComponentFlow>>;
}

/** How the data stream server sees one component. */
export interface ComponentFlow {
  /** Open data connections. */
  readonly connections: number;
  readonly rows: number;
  /** Rows that were sent to it and that it has not taken. */
  readonly lagRows: number;
  /** How far it is behind the stream's clock, ms of market time. */
  readonly lagMs: number;
  /** Whether it is the one that the clock waits for. */
  readonly holdsClock: boolean;
}

export function runFolder(home: string, session: string, sessionId: string, run: number): string {
  return `${home}/runs/${session}/${sessionId}-${run}`;
}

export function runStatusPath(home: string, session: string, sessionId: string, run: number): string {
  return `${runFolder(home, session, sessionId, run)}/status.json`;
}

/** What a realtime run has recorded; it stays when the run's own folder is deleted. */
export function recordingFolder(home: string, ref: { session: string; sessionId: string; run: number }): string {
  return `${home}/data/recording/${ref.session}/${ref.sessionId}/${ref.run}`;
}

/** A component's log; it may span several runs, since components live through them. */
export function componentLogPath(home: string, session: string, component: string): string {
  return `${home}/runs/${session}/logs/${component}.log`;
}
