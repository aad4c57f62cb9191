import { AegisError } from '../model/errors.ts';

/** Whoever reads waits until NATS is back. Other errors are thrown. */
export function ignoreAway(error: unknown): 'away' {
  if (AegisError.is(error) && (error.code === 'DEPENDENCY_DOWN' || error.code === 'TIMEOUT')) return 'away';
  throw error;
}
