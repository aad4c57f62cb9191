import type { ComponentReport, ReportAnswer } from '../../model/report.ts';

export type Authentication =
  | { readonly ok: true; readonly sessionId: string /** Name of the session. */; readonly session: string }
  /**
   * `unknown` stays refused: the component is told and ends itself.
   * `unavailable`: sessions are not loaded yet; the connection is closed without an answer and the component retries.
   */
  | { readonly ok: false; readonly reason: 'unknown' | 'unavailable' };

/** What the control server needs from the sessions. Every call must settle within its own limit. */
export interface SessionPort {
  /** Which session a token opens. A rejection counts as `unavailable`. */
  authenticate(token: string): Promise<Authentication>;
  /**
   * Delivers reports to the session's workflow, in order; one answer per report, given once it is durable. Rejects when
   * the workflow cannot be reached; the same reports are then delivered again, so a report must do no harm twice.
   */
  report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]>;
  /** Resolves with the path of the session's data socket once it listens and knows the component. */
  dataSocket(
    sessionId: string,
    component: { readonly id: string; readonly topics: readonly string[] },
  ): Promise<string>;
}
