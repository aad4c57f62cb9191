import { AegisError, type ErrorData, EXIT, messageOf } from '../../model/errors.ts';
import type { AegisClient } from '../aegis-client.ts';
import { defaultHome } from '../default-home.ts';
import { detailLines } from './error-details.ts';

/** What every command works with: where Aegis lives, and how to speak to whoever called. */
export interface CliContext {
  /** AEGIS_HOME, absolute. */
  readonly home: string;
  /** One JSON object on standard output and nothing else there. */
  readonly json: boolean;
  /** Standard error is a terminal: progress may be drawn in place. */
  readonly interactive: boolean;
  /** A line of the result, standard output. */
  out(line: string): void;
  /** A line about the work: progress, hints, errors; standard error. */
  err(line: string): void;
}

export function createContext(): CliContext {
  // `aegisctl session list | head -1` closes the pipe early: what follows has no reader, and that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.unexpected);
  });
  return {
    home: defaultHome(),
    // Read before the command line is parsed, so that errors in it are JSON as well.
    json: wantsJson(process.argv.slice(2)),
    interactive: process.stderr.isTTY === true,
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
  };
}

/** What stands after `--` belongs to a component. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

/** Prints a command's result: as one JSON object, or as the lines that people read. */
export function present(context: CliContext, result: Record<string, unknown>, lines: () => readonly string[]): void {
  if (context.json) context.out(JSON.stringify({ version: 1, ...result }));
  else for (const line of lines()) context.out(line);
}

/** Runs something with a connected client and closes it whatever happens. */
export async function withClient<T>(context: CliContext, use: (client: AegisClient) => Promise<T>): Promise<T> {
  // Temporal's client takes a good part of a second to load: help and completion do without it.
  const library = await import('../aegis-client.ts');
  const client = await library.AegisClient.connect({ home: context.home });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Tells what went wrong and what to do next; returns the exit code. */
export function presentError(context: CliContext, error: unknown): number {
  const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
  const data = known.toJSON();
  if (context.json) context.out(JSON.stringify({ version: 1, error: data }));
  else for (const line of errorLines(data)) context.err(line);
  if (known.code === 'INTERNAL' && process.env.AEGIS_DEBUG && error instanceof Error) context.err(error.stack ?? '');
  return known.exitCode ?? EXIT.unexpected;
}

function errorLines({ code, message, where, remedy, details }: ErrorData): string[] {
  return [
    `error ${code}: ${message}`,
    ...detailLines(details),
    ...(where === undefined ? [] : [`  where: ${where}`]),
    `  next:  ${remedy}`,
  ];
}
