import type { ComponentReport, ReportAnswer } from '../../model/report.ts';
import { ReportBatcher } from './report-batcher.ts';
import type { SessionPort } from './session-port.ts';

/** One batcher per session that has something to report. */
export class SessionReports {
  readonly #port: SessionPort;
  readonly #batchers = new Map<string, ReportBatcher>();

  constructor(port: SessionPort) {
    this.#port = port;
  }

  submit(session: string, report: ComponentReport, limitMs: number): Promise<ReportAnswer> {
    return this.#batcherOf(session).submit(report, limitMs);
  }

  /** Delivers what is waiting once more, without repetition. */
  async stop(): Promise<void> {
    await Promise.all([...this.#batchers.values()].map((batcher) => batcher.stop()));
  }

  #batcherOf(session: string): ReportBatcher {
    const known = this.#batchers.get(session);
    if (known !== undefined) return known;
    const batcher = new ReportBatcher({
      deliver: (reports) => this.#port.report(session, reports),
      onIdle: () => this.#batchers.delete(session),
    });
    this.#batchers.set(session, batcher);
    return batcher;
  }
}
