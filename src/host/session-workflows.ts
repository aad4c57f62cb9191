import { randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { sendUpdate } from '../client/send-update.ts';
import { workflowId } from '../model/activities.ts';
import type { Notice } from '../model/event.ts';
import type { ComponentReport, ReportAnswer } from '../model/report.ts';
import type { Session } from '../model/session.ts';

/** A request that has had no answer for this long is given up, ms; components wait 15 s for an ACK. */
const TIMEOUT_MS = 5_000;

/** The workflows of the sessions, as the processes of a host speak to them. */
export class SessionWorkflows {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  state(session: string): Promise<Session> {
    return this.#bounded(() => this.#handle(session).query<Session>('state'));
  }

  /** One answer per report, given once it is durable; a session that is gone refuses them all. */
  async report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]> {
    const updateId = randomUUID();
    const args: [readonly ComponentReport[]] = [reports];
    const send = () =>
      this.#handle(session).executeUpdate<readonly ReportAnswer[], [readonly ComponentReport[]]>('report', {
        updateId,
        args,
      });
    try {
      return await this.#bounded(() => sendUpdate(send));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const message = `there is no session "${session}" any more`;
      return reports.map(() => ({ ok: false, code: 'SESSION_NOT_FOUND', message }) as const);
    }
  }

  /** Puts something into the session's record. It is told to the operator, nobody decides by it: a loss is borne. */
  notice(session: string, notice: Notice): void {
    this.#bounded(() => this.#handle(session).signal('notice', notice)).catch(() => {});
  }

  #handle(session: string) {
    return this.#client.workflow.getHandle(workflowId(session));
  }

  #bounded<T>(send: () => Promise<T>): Promise<T> {
    return this.#client.withDeadline(Date.now() + TIMEOUT_MS, send);
  }
}
