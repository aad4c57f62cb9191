import { setTimeout as sleep } from 'node:timers/promises';
import { AegisError, messageOf } from '../../model/errors.ts';
import { type ComponentReport, type ReportAnswer, reportedId } from '../../model/report.ts';

export interface ReportBatcherOptions {
  /** Delivers a batch; one answer per report, in order. Rejects when the session cannot be reached. */
  readonly deliver: (reports: readonly ComponentReport[]) => Promise<readonly ReportAnswer[]>;
  /** How long the first report waits for company, ms. Default 3. */
  readonly windowMs?: number;
  /** Reports of one call. Default 100. */
  readonly maxBatch?: number;
  /** Calls at once. Default 4: Temporal takes 10 updates of a workflow, and others send some as well. */
  readonly maxCalls?: number;
  /** Pause after a failed call; doubles up to `maxRetryMs`. Defaults 100 and 1000. */
  readonly retryMs?: number;
  readonly maxRetryMs?: number;
  /** Called once nothing is waiting and nothing under way any more, and nothing will be without another report. */
  readonly onIdle?: () => void;
}

interface Entry {
  readonly report: ComponentReport;
  /** Id of the component. */
  readonly component: string;
  /** `performance.now()` from which the report is not worth delivering any more. */
  readonly deadline: number;
  readonly resolve: (answer: ReportAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries the reports of one session to its workflow, what comes within a few milliseconds in one call. Those of a component
 * travel in order: none goes while an earlier one is under way, and a call that fails is repeated before what came later.
 * Components do not wait for each other until there are too many calls at once.
 */
export class ReportBatcher {
  readonly #options: Required<ReportBatcherOptions>;
  readonly #queue: Entry[] = [];
  /** Components with a report under way. */
  readonly #busy = new Set<string>();
  #calls = 0;
  #gathering: Promise<void> | undefined;
  #stopping = false;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(options: ReportBatcherOptions) {
    this.#options = {
      windowMs: 3,
      maxBatch: 100,
      maxCalls: 4,
      retryMs: 100,
      maxRetryMs: 1_000,
      onIdle: () => {},
      ...options,
    };
  }

  /** Rejects with DEPENDENCY_DOWN when the session could not be reached for `limitMs`. */
  submit(report: ComponentReport, limitMs: number): Promise<ReportAnswer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({
        report,
        component: reportedId(report),
        deadline: performance.now() + limitMs,
        resolve,
        reject,
      });
      this.#gathering ??= this.#gather();
    });
  }

  /** Delivers what is waiting once more, without repetition. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#idle) return;
    await this.#stopped.promise;
  }

  get #idle(): boolean {
    return this.#calls === 0 && this.#queue.length === 0 && this.#gathering === undefined;
  }

  async #gather(): Promise<void> {
    await sleep(this.#options.windowMs);
    this.#gathering = undefined;
    this.#send();
  }

  #send(): void {
    while (this.#calls < this.#options.maxCalls) {
      const batch = this.#nextBatch();
      if (batch.length === 0) break;
      void this.#call(batch);
    }
    if (!this.#idle) return;
    this.#options.onIdle();
    if (this.#stopping) this.#stopped.resolve();
  }

  /** Takes out of the queue what may go now. */
  #nextBatch(): readonly Entry[] {
    const waiting = this.#queue.splice(0);
    const batch: Entry[] = [];
    for (const entry of waiting) {
      const goes = batch.length < this.#options.maxBatch && !this.#busy.has(entry.component);
      (goes ? batch : this.#queue).push(entry);
    }
    return batch;
  }

  async #call(batch: readonly Entry[]): Promise<void> {
    const components = batch.map(({ component }) => component);
    this.#calls += 1;
    for (const component of components) this.#busy.add(component);
    await this.#untilDelivered(batch);
    for (const component of components) this.#busy.delete(component);
    this.#calls -= 1;
    this.#send();
  }

  async #untilDelivered(batch: readonly Entry[]): Promise<void> {
    const { retryMs, maxRetryMs } = this.#options;
    for (let pause = retryMs; batch.length > 0; pause = Math.min(pause * 2, maxRetryMs)) {
      const error = await this.#deliver(batch);
      if (error === undefined) return;
      batch = this.#stillWorthwhile(batch, error);
      if (batch.length > 0) await sleep(pause);
    }
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
