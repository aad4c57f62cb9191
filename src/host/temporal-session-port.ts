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

/** The control server's way to the sessions: tokens are checked here, everything else is the workflow's word. */
export class TemporalSessionPort implements SessionPort {
  readonly #options: TemporalSessionPortOptions;

  constructor(options: TemporalSessionPortOptions) {
    this.#options = options;
  }

  async authenticate(token: string): ReturnType<SessionPort['authenticate']> {
    const { hostKey, workflows } = this.#options;
    const subject = hostKey.verify(token);
    if (subject === undefined) return { ok: false, reason: 'unknown' };
    try {
      const session = await workflows.find(subject.session);
      if (session?.id !== subject.sessionId) return { ok: false, reason: 'unknown' };
      if (session.state === 'SHUTDOWN') return { ok: false, reason: 'shutdown' };
      return { ok: true, session: session.name, sessionId: session.id };
    } catch {
      return { ok: false, reason: 'unavailable' };
    }
  }

  report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]> {
    return this.#options.workflows.report(session, reports);
  }

  dataSocket(sessionId: string, component: { id: string; topics: readonly string[] }): Promise<string> {
    return this.#options.dataStreams.add(sessionId, component);
  }
}
