import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SessionPort } from '../gateway/control/session-port.ts';
import { workflowId } from '../model/activities.ts';
import type { ComponentReport, ReportAnswer } from '../model/report.ts';
import type { Session } from '../model/session.ts';
import type { HostKey } from '../servers/host-key.ts';
import type { DataStreams } from './data-streams.ts';

export interface TemporalSessionPortOptions {
  readonly client: Client;
  readonly hostKey: HostKey;
  readonly dataStreams: DataStreams;
}

/** An update that has had no answer for this long is sent again, ms; clients wait 15 s for an ACK. */
const REPORT_TIMEOUT_MS = 5_000;

/** The control server's way to the sessions: tokens are checked here, everything else is the workflow's word. */
export class TemporalSessionPort implements SessionPort {
  private readonly client: Client;
  private readonly hostKey: HostKey;
  private readonly dataStreams: DataStreams;

  constructor({ client, hostKey, dataStreams }: TemporalSessionPortOptions) {
    this.client = client;
    this.hostKey = hostKey;
    this.dataStreams = dataStreams;
  }

  async authenticate(token: string): ReturnType<SessionPort['authenticate']> {
    const subject = this.hostKey.verify(token);
    if (subject === undefined) return { ok: false, reason: 'unknown' };
    try {
      const session = await this.describe(subject.session);
      if (session.id !== subject.sessionId) return { ok: false, reason: 'unknown' };
      if (session.state === 'SHUTDOWN') return { ok: false, reason: 'shutdown' };
      return { ok: true, session: session.name, sessionId: session.id };
    } catch (error) {
      return { ok: false, reason: error instanceof WorkflowNotFoundError ? 'unknown' : 'unavailable' };
    }
  }

  report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]> {
    const handle = this.client.workflow.getHandle(workflowId(session));
    return this.client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, () =>
      handle.executeUpdate<readonly ReportAnswer[], [readonly ComponentReport[]]>('report', { args: [reports] }),
    );
  }

  async dataSocket(session: string, component: { id: string; topics: readonly string[] }): Promise<string> {
    const { id } = await this.describe(session);
    return this.dataStreams.add(id, component);
  }

  private describe(session: string): Promise<Session> {
    const handle = this.client.workflow.getHandle(workflowId(session));
    return this.client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, () => handle.query<Session>('state'));
  }
}
