import { setTimeout as sleep } from 'node:timers/promises';
import { AegisError, messageOf } from '../../model/errors.ts';
import type { ComponentReport, ReportAnswer } from '../../model/report.ts';

export interface ReportBatcherOptions {
  /** Delivers a batch; one answer per report, in order. Rejects when the session cannot be reached. */
  readonly deliver: (reports: readonly ComponentReport[]) => Promise<readonly ReportAnswer[]>;
  /** How long the first report waits for company, ms. Default 3. */
  readonly windowMs?: number;
  /** Reports of one call. Default 100. */
  readonly maxBatch?: number;
  /** Pause after a failed call; doubles up to `maxRetryMs`. Defaults 100 and 1000. */
  readonly retryMs?: number;
  readonly maxRetryMs?: number;
}

interface Entry {
  readonly report: ComponentReport;
  /** `performance.now()` from which the report is not worth delivering any more. */
  readonly deadline: number;
  readonly resolve: (answer: ReportAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries the reports of one session to its workflow: in order, one call at a time, what comes within a few milliseconds
 * in one call. A call that fails is repeated with the same reports first, so that nothing overtakes.
 */
export class ReportBatcher {
  readonly #options: Required<ReportBatcherOptions>;
  #queue: Entry[] = [];
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(options: ReportBatcherOptions) {
    this.#options = { windowMs: 3, maxBatch: 100, retryMs: 100, maxRetryMs: 1_000, ...options };
  }

  get idle(): boolean {
    return this.#running === undefined;
  }

  /** Rejects with DEPENDENCY_DOWN when the session could not be reached for `limitMs`. */
  submit(report: ComponentReport, limitMs: number): Promise<ReportAnswer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ report, deadline: performance.now() + limitMs, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Delivers what is waiting once more, without repetition. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { windowMs, maxBatch, retryMs, maxRetryMs } = this.#options;
    await sleep(windowMs);
    let pause = retryMs;
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch);
      const error = await this.#deliver(batch);
      if (error === undefined) {
        pause = retryMs;
        continue;
      }
      this.#queue = [...this.#stillWorthwhile(batch, error), ...this.#queue];
      if (this.#queue.length === 0) break;
      await sleep(pause);
      pause = Math.min(pause * 2, maxRetryMs);
    }
    // In the same turn as the last look at the queue: a report that comes now starts a new run.
    this.#running = undefined;
  }

  /** The reason why the call failed, or undefined. */
  async #deliver(batch: readonly Entry[]): Promise<unknown> {
    try {
      const answers = await this.#options.deliver(batch.map(({ report }) => report));
      if (answers.length !== batch.length) {
        return new AegisError('INTERNAL', `${answers.length} answers to ${batch.length} reports`);
      }
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
      return undefined;
    } catch (error) {
      return error ?? new AegisError('INTERNAL', 'the session gave no reason');
    }
  }

  #stillWorthwhile(batch: readonly Entry[], cause: unknown): readonly Entry[] {
    const now = performance.now();
    return batch.filter(({ deadline, reject }) => {
      if (deadline > now && !this.#stopping) return true;
      reject(new AegisError('DEPENDENCY_DOWN', `the session cannot be reached: ${messageOf(cause)}`, { cause }));
      return false;
    });
  }
}
