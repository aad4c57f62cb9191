import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { LogEntry } from '../../model/activities.ts';
import { type CliContext, withClient } from './context.ts';
import { untilInterrupted } from './interrupt.ts';
import { eventLine } from './session-inspect.ts';

const POLL_MS = 300;

export function registerTail(session: Command, context: CliContext): void {
  session
    .command('tail <session>')
    .description('Follow the events of a session until it is shut down; with --json one object per line')
    .action((name: string) =>
      withClient(context, async (client) => {
        const handle = client.session(name);
        await untilInterrupted(async (signal) => {
          for (let last: LogEntry | undefined; ; await delay(POLL_MS, undefined, { signal })) {
            const { state } = await handle.state();
            const events = eventsAfter(await handle.events(), last);
            for (const event of events) {
              context.out(context.json ? JSON.stringify({ version: 1, event }) : eventLine(event));
            }
            last = events.at(-1) ?? last;
            if (state === 'SHUTDOWN') return;
          }
        });
      }),
    );
}

/** What came after the event that was seen last; all of them when that one has left the list. */
export function eventsAfter(events: readonly LogEntry[], last: LogEntry | undefined): readonly LogEntry[] {
  if (last === undefined) return events;
  const seen = JSON.stringify(last);
  return events.slice(events.findLastIndex((event) => JSON.stringify(event) === seen) + 1);
}
