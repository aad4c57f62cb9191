import type { SessionPort } from '../gateway/control/session-port.ts';
import type { ComponentReport, ReportAnswer } from '../model/report.ts';
import type { HostKey } from '../servers/host-key.ts';
import type { DataStreams } from './data-streams.ts';
import type { SessionWorkflows } from './session-workflows.ts';

export interface TemporalSessionPortOptions {
  readonly workflows: SessionWorkflows;
  readonly hostKey: HostKey;
  readonly dataStreams: DataStreams;
}

/**
 * The control server's way to the sessions: tokens are checked here, everything else is the workflow's word, also whether
 * there is such a session.
 */
export class TemporalSessionPort implements SessionPort {
  readonly #options: TemporalSessionPortOptions;

  constructor(options: TemporalSessionPortOptions) {
    this.#options = options;
  }

  async authenticate(token: string): ReturnType<SessionPort['authenticate']> {
    const subject = this.#options.hostKey.verify(token);
    return subject === undefined ? { ok: false, reason: 'unknown' } : { ok: true, ...subject };
  }

  report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]> {
    return this.#options.workflows.report(session, reports);
  }

  dataSocket(sessionId: string, component: { id: string; topics: readonly string[] }): Promise<string> {
    return this.#options.dataStreams.add(sessionId, component);
  }
}
