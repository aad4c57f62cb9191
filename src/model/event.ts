import type { JoinedRun } from './activities.ts';
import type { ErrorCode } from './errors.ts';
import type { ComponentReport } from './report.ts';
import type { ComponentExit, ComponentSpec, Failure, RunSummary, Session } from './session.ts';
import type { CommandName } from './session-state.ts';

/** What an operator asks for. `component` is an id or a name. */
export type Command =
  | { readonly type: 'attach'; readonly component: ComponentSpec }
  | { readonly type: 'detach'; readonly component: string }
  | { readonly type: 'configure'; readonly component: string; readonly config: Readonly<Record<string, unknown>> }
  | { readonly type: Exclude<CommandName, 'attach' | 'detach' | 'configure'> };

/** What the workflow itself learns from activities and timers. */
export type Incident =
  | {
      readonly type: 'exited';
      readonly componentId: string;
      readonly incarnation: number;
      readonly exit: ComponentExit;
      /** Unix ms. */
      readonly at: number;
      /** How long the process was watched, ms. */
      readonly ranMs: number;
    }
  /** The component goes on with the configuration it had. */
  | {
      readonly type: 'configRefused';
      readonly componentId: string;
      readonly before: Readonly<Record<string, unknown>>;
      readonly problem: string;
    }
  /** A process that does not obey REBORN is ended and started anew. */
  | { readonly type: 'replaced'; readonly componentId: string }
  /** Data and topics do not allow the start: everything goes back, the reason is kept. */
  | { readonly type: 'startRefused'; readonly run: number; readonly failure: Failure }
  | { readonly type: 'streamStarted'; readonly run: number }
  /** Components that came while the run was under way take part in it now. */
  | {
      readonly type: 'joined';
      readonly run: number;
      readonly components: readonly string[];
      readonly joined: JoinedRun;
    }
  /** They cannot: the others go on without them. */
  | {
      readonly type: 'joinRefused';
      readonly run: number;
      readonly components: readonly string[];
      readonly failure: Failure;
    }
  | { readonly type: 'streamEnded'; readonly run: number; readonly summary: RunSummary }
  | { readonly type: 'failed'; readonly run: number; readonly failure: Failure };

/** Something worth telling the operator that changes no state: a component that takes no rows, a lost data connection. */
export interface Notice {
  readonly event: string;
  readonly componentId?: string;
  readonly text: string;
}

export type SessionEvent = Command | ComponentReport | Incident;

export type Transition =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export function accepted(session: Session): Transition {
  return { ok: true, session };
}

export function refused(code: ErrorCode, message: string): Transition {
  return { ok: false, code, message };
}
