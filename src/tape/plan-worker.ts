import { parentPort } from 'node:worker_threads';
import { AegisError, type ErrorData, messageOf } from '../model/errors.ts';
import type { StreamPlan } from '../model/plan.ts';
import { type PlanTapesOptions, planTapes, type TapePlan } from './plan.ts';
import { type PlanRecordingOptions, planRecording } from './plan-recording.ts';

export type PlanRequest =
  | { readonly type: 'tapes'; readonly options: PlanTapesOptions }
  | { readonly type: 'recording'; readonly options: PlanRecordingOptions };

export type PlanReport =
  | { readonly type: 'tapes'; readonly plan: TapePlan }
  | { readonly type: 'recording'; readonly plan: StreamPlan }
  | { readonly type: 'failed'; readonly error: ErrorData };

function report(request: PlanRequest): PlanReport {
  try {
    if (request.type === 'tapes') return { type: 'tapes', plan: planTapes(request.options) };
    return { type: 'recording', plan: planRecording(request.options) };
  } catch (error) {
    const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
    return { type: 'failed', error: known.toJSON() };
  }
}

parentPort?.on('message', (request: PlanRequest) => parentPort?.postMessage(report(request)));
