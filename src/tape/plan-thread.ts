import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AegisError } from '../model/errors.ts';
import type { StreamPlan } from '../model/plan.ts';
import type { PlanTapesOptions, TapePlan } from './plan.ts';
import type { PlanRecordingOptions } from './plan-recording.ts';
import type { PlanReport, PlanRequest } from './plan-worker.ts';

/** Run from source the entry is a `.ts` file, in the built package a `.js` file. */
const ENTRY = new URL(`./plan-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);

/** Plans that are made at once; a thread takes longer to start than most plans take. */
const MAX_THREADS = 2;

/** Waits for its turn, and keeps its threads: with none to spare the next plan would wait for one to start. */
class PlanThreads {
  readonly #waiting: ((thread: Worker) => void)[] = [];
  readonly #failed = new WeakSet<Worker>();
  #idle: Worker[] = [];
  #threads = 0;

  /** Starts a thread before there is a plan to make. */
  prepare(): void {
    if (this.#threads === 0) this.#idle.push(this.#start());
  }

  async plan(request: PlanRequest): Promise<Exclude<PlanReport, { type: 'failed' }>> {
    const thread = await this.#take();
    thread.ref();
    try {
      thread.postMessage(request);
      const report: PlanReport = (await once(thread, 'message'))[0];
      if (report.type === 'failed') throw AegisError.fromData(report.error);
      return report;
    } finally {
      thread.unref();
      this.#giveBack(thread);
    }
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#threads < MAX_THREADS) return this.#start();
    const { promise, resolve } = Promise.withResolvers<Worker>();
    this.#waiting.push(resolve);
    return promise;
  }

  #giveBack(thread: Worker): void {
    const usable = this.#failed.has(thread) ? undefined : thread;
    const next = this.#waiting.shift();
    if (next !== undefined) next(usable ?? this.#start());
    else if (usable !== undefined) this.#idle.push(usable);
  }

  #start(): Worker {
    const thread = new Worker(ENTRY);
    this.#threads += 1;
    thread.unref();
    // Also of one that nobody waits for: without a listener its failure would end the process.
    thread.on('error', () => this.#failed.add(thread));
    thread.once('exit', () => {
      this.#threads -= 1;
      this.#idle = this.#idle.filter((each) => each !== thread);
    });
    return thread;
  }
}
const threads = new PlanThreads();

/** The first plan need not wait for a thread to start. */
export function preparePlanThread(): void {
  threads.prepare();
}

/**
 * {@link planTapes} in a thread of its own: a year of many topics is thousands of files to open, which must not hold up
 * the thread that polls Temporal.
 */
export async function planTapesInThread(options: PlanTapesOptions): Promise<TapePlan> {
  const report = await threads.plan({ type: 'tapes', options });
  if (report.type !== 'tapes') throw new AegisError('INTERNAL', `a plan of tapes was asked for, ${report.type} came`);
  return report.plan;
}

/** {@link planRecording} in a thread of its own, for the same reason. */
export async function planRecordingInThread(options: PlanRecordingOptions): Promise<StreamPlan> {
  const report = await threads.plan({ type: 'recording', options });
  if (report.type !== 'recording') {
    throw new AegisError('INTERNAL', `a plan of a recording was asked for, ${report.type} came`);
  }
  return report.plan;
}
