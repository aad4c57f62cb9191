import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AegisError } from '../model/errors.ts';
import type { PlanTapesOptions, TapePlan } from './plan.ts';
import type { PlanReport } from './plan-worker.ts';

/** Run from source the entry is a `.ts` file, in the built package a `.js` file. */
const ENTRY = new URL(`./plan-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);

/**
 * {@link planTapes} in a thread of its own: a year of many topics is thousands of files to open, which must not hold up
 * the thread that polls Temporal.
 */
export async function planTapesInThread(options: PlanTapesOptions): Promise<TapePlan> {
  const worker = new Worker(ENTRY, { workerData: options });
  try {
    const report: PlanReport = (await once(worker, 'message'))[0];
    if ('error' in report) throw AegisError.fromData(report.error);
    return report.plan;
  } finally {
    await worker.terminate();
  }
}
