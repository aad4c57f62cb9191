import type { Argument, Command, Option } from 'commander';
import type { AegisClient } from '../aegis-client.ts';
import { type CliContext, withClient } from './context.ts';

/** Whoever pressed Tab does not wait longer for names, ms. */
const NAMES_MS = 3_000;

/** What the last of the words may become; nothing where a file or free text is meant. */
export async function candidates(
  program: Command,
  words: readonly string[],
  context: CliContext,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return [];
  const { command, given, pending } = walk(program, before);
  if (pending !== undefined) return pending.argChoices ?? [];
  if (current.startsWith('-')) return command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const children = command.commands.map((child) => child.name()).filter((name) => !name.startsWith('__'));
  if (children.length > 0) return children;
  const argument = command.registeredArguments[given.length];
  return argument === undefined ? [] : valuesOf(argument, given, context);
}

interface Place {
  readonly command: Command;
  /** The arguments that the command has got already. */
  readonly given: readonly string[];
  /** The option whose value comes next. */
  readonly pending?: Option;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let given: string[] = [];
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => long === word || short === word);
      if (option !== undefined && (option.required || option.optional)) pending = option;
    } else {
      const child = command.commands.find((each) => each.name() === word);
      if (child === undefined) given.push(word);
      else [command, given] = [child, []];
    }
  }
  return { command, given, ...(pending === undefined ? {} : { pending }) };
}

async function valuesOf(argument: Argument, given: readonly string[], context: CliContext): Promise<readonly string[]> {
  if (argument.argChoices !== undefined) return argument.argChoices;
  const [session = ''] = given;
  if (argument.name() === 'session') return names(context, async (client) => (await client.sessions()).map(nameOf));
  if (argument.name() === 'component') {
    return names(context, async (client) => (await client.session(session).state()).components.map(nameOf));
  }
  return [];
}

/** Names from a running Aegis; none when there is none. */
async function names(context: CliContext, ask: (client: AegisClient) => Promise<string[]>): Promise<readonly string[]> {
  const over = new AbortController();
  const late = new Promise<string[]>((resolve) => {
    const timer = setTimeout(() => resolve([]), NAMES_MS);
    over.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    return await Promise.race([withClient(context, ask).catch(() => []), late]);
  } finally {
    over.abort();
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
