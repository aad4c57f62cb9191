/** What a host measures of its components about once a second. It is in `run/health.json`, and in no history. */
export interface HostHealth {
  readonly version: 1;
  /** Unix ms at which this was measured. */
  readonly at: number;
  /** Id of the host. */
  readonly host: string;
  /** Components that this host has launched, by component id. */
  readonly processes: Readonly<Record<string, ProcessSample>>;
  /** Control connections, by {@link connectionKey}. */
  readonly connections: Readonly<Record<string, ConnectionSample>>;
}

/** A component's process group: the component and what it has started. */
export interface ProcessSample {
  /** Of the leader, which is also the number of the group. */
  readonly pid: number;
  readonly processes: number;
  readonly rssBytes: number;
  /** Cores that were kept busy since the measurement before: 1.5 is one and a half; missing at the first one. */
  readonly cpu?: number;
  /** One of them is stopped: by SIGSTOP, or a debugger. */
  readonly stopped: boolean;
}

export interface ConnectionSample {
  /** Unix ms. */
  readonly connectedAt: number;
  /** Any message, a PONG also. */
  readonly lastMessageAt: number;
}

/** Component ids are unique within a session only. */
export function connectionKey(sessionId: string, componentId: string): string {
  return `${sessionId}/${componentId}`;
}
