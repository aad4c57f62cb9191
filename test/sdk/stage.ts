import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionHandle } from '../../src/client/index.ts';
import { componentLogPath } from '../../src/model/run-status.ts';
import type { Session } from '../../src/model/session.ts';
import { type TestAegis, topicsArgs } from '../support/aegis.ts';
import type { Attached, Declaration } from '../support/session-run.ts';
import { command, type Language } from './command.ts';

export { command, LANGUAGES, type Language, python } from './command.ts';

export interface AttachProgram extends Declaration {
  readonly language: Language;
  /** See `STYLES` of the programs. Default `callback`. */
  readonly style?: string;
  readonly name?: string;
  /** Of Python. Default: the first python3 of the PATH. */
  readonly interpreter?: string;
  /** Of `programs`. Default `collect`. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly restart?: { readonly policy: 'never' | 'on-failure' | 'always' };
}

/** Attaches a program of `programs`. */
export async function attachProgram(
  aegis: TestAegis,
  session: SessionHandle,
  options: AttachProgram,
): Promise<Attached> {
  const { language, style = 'callback', name = `${language}-${style}`, args = [], config, restart } = options;
  const { symbols, streams, timeframes = [], program = 'collect', interpreter } = options;
  const out = join(aegis.home, `${session.name}.${name}.ndjson`);
  const declared = topicsArgs({ symbols: [...symbols], streams: [...streams], timeframes: [...timeframes] });
  const component = await session.attach({
    name,
    launch: {
      ...command(language, ['--style', style, '--out', out, ...declared, ...args], program, interpreter),
      cwd: aegis.home,
    },
    ...(config === undefined ? {} : { config }),
    ...(restart === undefined ? {} : { restart }),
  });
  return { ...component, out };
}

/** The lines of a component's log. */
export function logOf(aegis: TestAegis, session: SessionHandle, name: string): string[] {
  const path = componentLogPath(aegis.home, session.name, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

/** What the program printed in on_stop. */
export function summaryOf(aegis: TestAegis, session: SessionHandle, name: string): Record<string, unknown> {
  const line = logOf(aegis, session, name).findLast((each) => each.startsWith('{"rows"'));
  return line === undefined ? {} : JSON.parse(line);
}

/** The lines of one run as a component on an SDK gets them: each with its number. */
export function numbered(lines: readonly string[]): string[] {
  return lines.map((line, seq) => line.replace(',"data":', `,"seq":${seq},"data":`));
}

/** Rows as `{topic, ts, data}`, whatever wrote the numbers. */
export function contents(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const { topic, ts, data } = JSON.parse(line);
    return JSON.stringify({ topic, ts, data: Object.fromEntries(Object.entries(data)) });
  });
}

export function componentOf(session: Session, { id }: { readonly id: string }): Session['components'][number] {
  const found = session.components.find((component) => component.id === id);
  if (found === undefined) throw new Error(`component ${id} is not in the session`);
  return found;
}
