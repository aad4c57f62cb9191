import type { z } from 'zod';
import { AegisError } from '../errors.ts';

/**
 * Checks outside input against a schema.
 * @throws AegisError INVALID_SPEC naming the field and what is wrong with it
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || what}: ${textOf(issue)}`);
  throw new AegisError('INVALID_SPEC', `${what}: ${problems.join('; ')}`, { details: { problems } });
}

/** What is wrong with a key stands one level below. */
function textOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(', ') : issue.message;
}
