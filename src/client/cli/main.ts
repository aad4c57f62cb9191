import { CommanderError } from 'commander';
import { AegisError, EXIT } from '../../model/errors.ts';
import { createContext, presentError } from './context.ts';
import { createProgram } from './program.ts';

const context = createContext();
try {
  await createProgram(context).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return presentError(context, error);
  // Help and version end with 0; what commander refuses it has explained already.
  if (error.exitCode === 0) return EXIT.ok;
  if (context.json) presentError(context, new AegisError('USAGE', usageProblem(error)));
  return EXIT.usage;
}

function usageProblem({ code, message }: CommanderError): string {
  return code === 'commander.help' ? 'a command is needed' : message.replace(/^error: /, '');
}
