import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { componentLogPath } from '../../model/run-status.ts';
import { type Component, findByIdOrName, type Session } from '../../model/session.ts';
import { LogReader } from '../log-reader.ts';
import { type CliContext, present, withClient } from './context.ts';
import { untilInterrupted } from './interrupt.ts';

const POLL_MS = 300;

interface LogsOptions {
  readonly lines: number;
  readonly follow: boolean;
}

interface ComponentLog {
  readonly component: string;
  readonly path: string;
  readonly reader: LogReader;
}

export function registerLogs(session: Command, context: CliContext): void {
  session
    .command('logs <session> [component]')
    .description('What components wrote to standard output and error')
    .option('-n, --lines <n>', 'the last n lines of each', lineCount, 50)
    .option('-f, --follow', 'go on as more is written, until Ctrl-C; with --json one object per line', false)
    .action(async (name: string, wanted: string | undefined, { lines, follow }: LogsOptions) => {
      const session = await withClient(context, (client) => client.session(name).state());
      const logs = componentsOf(session, wanted).map((component) => logOf(context, session, component));
      if (follow) await untilInterrupted((signal) => followLogs(context, logs, lines, signal));
      else showLogs(context, logs, lines);
    });
}

function showLogs(context: CliContext, logs: readonly ComponentLog[], count: number): void {
  const shown = logs.map(({ component, path, reader }) => ({ component, path, lines: reader.last(count) }));
  present(context, { logs: shown }, () =>
    shown.flatMap(({ component, lines }) => lines.map((line) => `${component} | ${line}`)),
  );
  if (context.json) return;
  if (logs.length === 0) context.err('the session has no component');
  for (const { component, path, lines } of shown) {
    if (lines.length === 0) context.err(`${component} has written nothing (${path})`);
  }
}

async function followLogs(context: CliContext, logs: readonly ComponentLog[], count: number, signal: AbortSignal) {
  const tell = ({ component }: ComponentLog, lines: readonly string[]) => {
    for (const line of lines) {
      context.out(context.json ? JSON.stringify({ version: 1, component, line }) : `${component} | ${line}`);
    }
  };
  for (const log of logs) tell(log, log.reader.last(count));
  for (;;) {
    await delay(POLL_MS, undefined, { signal });
    for (const log of logs) tell(log, log.reader.fresh());
  }
}

function logOf(context: CliContext, session: Session, { name }: Component): ComponentLog {
  const path = componentLogPath(context.home, session.name, name);
  return { component: name, path, reader: new LogReader(path) };
}

function componentsOf(session: Session, wanted: string | undefined): readonly Component[] {
  if (wanted === undefined) return session.components;
  const component = findByIdOrName(session, wanted);
  if (component !== undefined) return [component];
  const names = session.components.map(({ name }) => name).join(', ') || 'none';
  throw new AegisError(
    'COMPONENT_NOT_FOUND',
    `session "${session.name}" has no component "${wanted}"; it has: ${names}`,
  );
}

function lineCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}
