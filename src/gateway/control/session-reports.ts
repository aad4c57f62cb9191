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

  async submit(session: string, report: ComponentReport, limitMs: number): Promise<ReportAnswer> {
    const batcher = this.#batcherOf(session);
    try {
      return await batcher.submit(report, limitMs);
    } finally {
      if (batcher.idle && this.#batchers.get(session) === batcher) this.#batchers.delete(session);
    }
  }

  /** Delivers what is waiting once more, without repetition. */
  async stop(): Promise<void> {
    await Promise.all([...this.#batchers.values()].map((batcher) => batcher.stop()));
  }

  #batcherOf(session: string): ReportBatcher {
    const known = this.#batchers.get(session);
    if (known !== undefined) return known;
    const batcher = new ReportBatcher({ deliver: (reports) => this.#port.report(session, reports) });
    this.#batchers.set(session, batcher);
    return batcher;
  }
}
