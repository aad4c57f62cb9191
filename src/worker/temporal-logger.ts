import { DefaultLogger, type Logger } from '@temporalio/worker';
import type { Log } from '../host/log.ts';

const EXPECTED = [
  // Our workers poll for workflows or for activities, never for both.
  'No activities registered',
  'No workflows registered',
  // A lease of a workflow that has continued as new: the next one has adopted what runs.
  'Activity not found on completion',
];

/** Temporal's warnings and errors in aegisd's log; what it says beyond that concerns its developers. */
export function temporalLogger(log: Log): Logger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (EXPECTED.some((text) => message.startsWith(text))) return;
    const error = meta?.error instanceof Error ? `: ${meta.error.message}` : '';
    log(level === 'ERROR' ? 'error' : 'warn', `temporal: ${message}${error}`);
  });
}
