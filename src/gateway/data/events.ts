/** What a data stream server reports to whoever started it. */
export type DataStreamEvent =
  /** It made no data connection in time: the stream goes on without it, and comes back for it when it does. */
  | { readonly type: 'dataAbsent'; readonly componentId: string }
  /** Its last data connection is gone, and it did not return in time: the same. */
  | { readonly type: 'dataLost'; readonly componentId: string }
  /** It takes no rows and holds the clock since then, unix ms. */
  | { readonly type: 'slow'; readonly componentId: string; readonly since: number }
  /** Realtime: it takes less than comes, and reads the log at its own pace from now on. */
  | { readonly type: 'behind'; readonly componentId: string }
  /** It was behind and has everything again. */
  | { readonly type: 'caughtUp'; readonly componentId: string }
  /** The log had dropped rows before it took them. Numbers of the merged stream, both included. */
  | { readonly type: 'rowsLost'; readonly componentId: string; readonly from: number; readonly to: number }
  /** Rows were delivered that the log does not have; others follow under their numbers. */
  | { readonly type: 'rowsVoid'; readonly componentIds: readonly string[]; readonly from: number; readonly to: number }
  /** Somebody broke the rules, and nobody else is harmed: for the log. */
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'failed'; readonly error: unknown };

export interface ComponentStatus {
  readonly componentId: string;
  readonly presence: 'awaited' | 'lost' | 'connected' | 'absent' | 'idle';
  readonly connections: number;
  /** Rows of its own stream in slices that it has taken whole. */
  readonly rows: number;
  /** Bytes of its own stream that the kernel has taken. */
  readonly bytes: number;
  /** Rows of its own stream that have arrived here and are not taken. */
  readonly lagRows: number;
  /** How far it is behind the stream's clock, ms of market time. */
  readonly lagMs: number;
  readonly slow: boolean;
  /** Rows below are processed, says the component; missing when it does not acknowledge. */
  readonly acked?: number;
}

export interface DataStreamStatus {
  /** 0 before the first one, and as long as a server that was restarted does not know how far a realtime run is. */
  readonly run: number;
  readonly epoch: number;
  /** Rows of the merged stream that have arrived. */
  readonly seq: number;
  /** Time of the last of them, unix ms; missing when this server has not seen it. */
  readonly ts?: number;
  /** Rows of the merged stream that every pacing component has taken. */
  readonly credited: number;
  readonly started: boolean;
  readonly finished: boolean;
  /** Messages on the session's control subjects that could not be read and were ignored. */
  readonly unreadable: number;
  readonly components: readonly ComponentStatus[];
}
