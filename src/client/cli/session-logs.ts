import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { componentLogPath } from '../../model/run-status.ts';
import { findByIdOrName, type Session } from '../../model/session.ts';
import { type CliContext, present, withClient } from './context.ts';
import { eventLine } from './session-inspect.ts';

const POLL_MS = 300;
/** The tail of a log that is read at most. */
const MAX_TAIL_BYTES = 4 << 20;

export function registerLogs(session: Command, context: CliContext): void {
  session
    .command('logs <session> [component]')
    .description('What components wrote to standard output and error')
    .option('-n, --lines <n>', 'the last n lines of each', Number, 50)
    .option('-f, --follow', 'go on as more is written', false)
    .action(async (name: string, wanted: string | undefined, options: { lines: number; follow: boolean }) => {
      const session = await withClient(context, (client) => client.session(name).state());
      const logs = logsOf(context, session, wanted).map((log) => ({
        ...log,
        lines: lastLines(log.path, options.lines),
      }));
      present(context, { logs }, () =>
        logs.flatMap(({ component, lines }) => lines.map((line) => `${component} | ${line}`)),
      );
      if (options.follow) await followLogs(context, logs);
    });
  session
    .command('tail <session>')
    .description('Follow the events of a session until it is shut down')
    .action((name: string) =>
      withClient(context, async (client) => {
        const handle = client.session(name);
        for (let seen = 0; ; await delay(POLL_MS)) {
          const events = await handle.events();
          const fresh = events.filter((event) => event.at > seen);
          for (const event of fresh)
            context.out(context.json ? JSON.stringify({ version: 1, event }) : eventLine(event));
          seen = fresh.at(-1)?.at ?? seen;
          if ((await handle.state()).state === 'SHUTDOWN') return;
        }
      }),
    );
}

interface ComponentLog {
  readonly component: string;
  readonly path: string;
}

function logsOf(context: CliContext, session: Session, wanted: string | undefined): ComponentLog[] {
  const component = wanted === undefined ? undefined : findByIdOrName(session, wanted);
  if (wanted !== undefined && component === undefined) {
    throw new AegisError('COMPONENT_NOT_FOUND', `session "${session.name}" has no component "${wanted}"`);
  }
  const names = component === undefined ? session.components.map((each) => each.name) : [component.name];
  return names
    .map((name) => ({ component: name, path: componentLogPath(context.home, session.name, name) }))
    .filter(({ path }) => existsSync(path));
}

function lastLines(path: string, count: number): string[] {
  const { size } = statSync(path);
  const text = readFrom(path, Math.max(0, size - MAX_TAIL_BYTES));
  return text.replace(/\n$/, '').split('\n').slice(-count);
}

async function followLogs(context: CliContext, logs: readonly ComponentLog[]): Promise<void> {
  const offsets = new Map(logs.map(({ path }) => [path, statSync(path).size]));
  for (;;) {
    for (const { component, path } of logs) {
      const { size } = statSync(path);
      const from = offsets.get(path) ?? 0;
      if (size === from) continue;
      // A log that became shorter was rotated: go on from its new beginning.
      const text = readFrom(path, size < from ? 0 : from);
      offsets.set(path, size);
      for (const line of text.replace(/\n$/, '').split('\n')) {
        context.out(context.json ? JSON.stringify({ version: 1, component, line }) : `${component} | ${line}`);
      }
    }
    await delay(POLL_MS);
  }
}

function readFrom(path: string, offset: number): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, statSync(path).size - offset));
    const length = readSync(file, buffer, 0, buffer.length, offset);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
