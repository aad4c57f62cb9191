import type { z } from 'zod';
import { AegisError } from '../errors.ts';

/**
 * Checks outside input against a schema.
 * @throws AegisError INVALID_SPEC naming the field and what is wrong with it
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`);
  throw new AegisError('INVALID_SPEC', `${what}: ${problems.join('; ')}`, { details: { problems } });
}
