import type { Command } from 'commander';
import type { Session } from '../../model/session.ts';
import type { SessionState } from '../../model/session-state.ts';
import type { SessionHandle } from '../session-handle.ts';
import { type CliContext, present, withClient } from './context.ts';
import { interruptible } from './interrupt.ts';
import { RunProgress } from './run-progress.ts';
import { count, duration } from './table.ts';

interface RunOptions {
  readonly wait: boolean;
}

/** `start` and `restart`: return once the stream flows; with --wait once the run is over. */
export function registerRun(session: Command, context: CliContext): void {
  const commands = [
    ['start', 'Launch the components, prepare the data, let the stream flow'],
    ['restart', 'Run again from the beginning; components that live are told REBORN'],
  ] as const;
  for (const [command, description] of commands) {
    session
      .command(`${command} <session>`)
      .description(description)
      .option('--wait', 'return when the run is over, with progress', false)
      .action(async (name: string, { wait }: RunOptions) => {
        await withClient(context, async (client) => {
          const handle = client.session(name);
          await handle[command]();
          const until: SessionState[] = wait ? ['FINISHED'] : ['RUNNING', 'FINISHED'];
          const session = await follow(context, handle, until);
          present(context, { session }, () => outcomeLines(session));
        });
      });
  }
}

/** Waits for a state with progress on standard error; an interrupt leaves the session running. */
export async function follow(context: CliContext, handle: SessionHandle, until: SessionState[]): Promise<Session> {
  const progress = new RunProgress(context);
  try {
    return await interruptible((signal) =>
      handle.waitFor(until, { signal, onState: (session) => progress.show(session) }),
    );
  } finally {
    progress.end();
  }
}

function outcomeLines(session: Session): string[] {
  const { summary, name, state, run } = session;
  if (summary === undefined) return [`session ${name} is ${state} (run ${run})`];
  const rate = count(summary.rows / Math.max(summary.elapsedMs / 1_000, 1e-3));
  const lines = [
    `session ${name} is ${state} (run ${run}): ${count(summary.rows)} rows in ${duration(summary.elapsedMs)}, ${rate} rows/s`,
  ];
  for (const component of session.components) {
    const got = summary.components[component.id];
    if (got !== undefined)
      lines.push(
        `  ${component.name}: ${count(got.rows)} rows, stream hash ${got.hash ?? 'none: it did not take the whole stream'}`,
      );
  }
  return lines;
}
