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

/**
 * {@link planTapes} in a thread of its own: a year of many topics is thousands of files to open, which must not hold up
 * the thread that polls Temporal.
 */
export async function planTapesInThread(options: PlanTapesOptions): Promise<TapePlan> {
  const report = await inThread({ type: 'tapes', options });
  if (report.type !== 'tapes') throw new AegisError('INTERNAL', `a plan of tapes was asked for, ${report.type} came`);
  return report.plan;
}

/** {@link planRecording} in a thread of its own, for the same reason. */
export async function planRecordingInThread(options: PlanRecordingOptions): Promise<StreamPlan> {
  const report = await inThread({ type: 'recording', options });
  if (report.type !== 'recording') {
    throw new AegisError('INTERNAL', `a plan of a recording was asked for, ${report.type} came`);
  }
  return report.plan;
}

async function inThread(request: PlanRequest): Promise<Exclude<PlanReport, { type: 'failed' }>> {
  const worker = new Worker(ENTRY, { workerData: request });
  try {
    const report: PlanReport = (await once(worker, 'message'))[0];
    if (report.type === 'failed') throw AegisError.fromData(report.error);
    return report;
  } finally {
    await worker.terminate();
  }
}
