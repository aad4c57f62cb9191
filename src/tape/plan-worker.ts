import { parentPort, workerData } from 'node:worker_threads';
import { AegisError, type ErrorData, messageOf } from '../model/errors.ts';
import { planTapes, type TapePlan } from './plan.ts';

export type PlanReport = { readonly plan: TapePlan } | { readonly error: ErrorData };

function report(): PlanReport {
  try {
    return { plan: planTapes(workerData) };
  } catch (error) {
    const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
    return { error: known.toJSON() };
  }
}

parentPort?.postMessage(report());
