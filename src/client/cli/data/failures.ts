import type { AegisError } from '../../../model/errors.ts';
import type { CliContext } from '../context.ts';

/** Something that went wrong with one file while the others went on. */
export interface FileFailure {
  readonly file: string;
  readonly error: AegisError;
}

/** Tells people what failed, and lets the process end with the exit code of the first failure. */
export function reportFailures(context: CliContext, failures: readonly FileFailure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  process.exitCode = first.error.exitCode;
  if (context.json) return;
  for (const { file, error } of failures) {
    context.err(`error ${error.code}: ${error.message}`);
    context.err(`  where: ${error.where ?? file}`);
    context.err(`  next:  ${error.remedy}`);
  }
}

export function failureData(failures: readonly FileFailure[]): Record<string, unknown>[] {
  return failures.map(({ file, error }) => ({ file, ...error.toJSON() }));
}
