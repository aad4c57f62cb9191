import type { ComponentState } from './component-state.ts';
import type { ErrorCode } from './errors.ts';
import type { Capabilities } from './topic.ts';

/**
 * What the control server reports to a session's workflow about its components. Reports that arrive within a few
 * milliseconds travel as one update, in order; each is answered by its own {@link ReportAnswer}.
 */
export type ComponentReport =
  | {
      readonly type: 'register';
      /** Of the session that its token opens: one that has taken over the name is another. Absent in old histories. */
      readonly sessionId?: string;
      /** Id from the component's environment or an earlier REGISTERED; absent when it brought none. */
      readonly componentId?: string;
      /** Id to give to a component that brought none: unguessable, chosen by the control server. */
      readonly freshId: string;
      /** Names this connection, so that the end of an older one is not taken for the end of this. */
      readonly connection: string;
      readonly name: string;
      readonly version?: string;
      readonly capabilities: Capabilities;
    }
  | { readonly type: 'state'; readonly componentId: string; readonly state: ComponentState; readonly message?: string }
  | {
      readonly type: 'runtimeError';
      readonly componentId: string;
      readonly code: string;
      readonly message: string;
      readonly recoverable: boolean;
    }
  /** The control connection is gone; the entry and its topics stay. */
  | { readonly type: 'disconnected'; readonly componentId: string; readonly connection: string }
  /** The component said SHUTDOWN: it is unregistered and its topics are forgotten. */
  | { readonly type: 'left'; readonly componentId: string };

/** Id of the component that a report is about. */
export function reportedId(report: ComponentReport): string {
  return report.type === 'register' ? (report.componentId ?? report.freshId) : report.componentId;
}

export type ReportAnswer =
  | {
      readonly ok: true;
      readonly componentId: string;
      readonly state: ComponentState;
      /** Short topics, in the order in which CONFIGURE lists them. */
      readonly topics: readonly string[];
      /** The component's configuration object, sent with CONFIGURE. */
      readonly config: Readonly<Record<string, unknown>>;
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };
