import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { homePaths } from '../../model/paths.ts';
import { type CliContext, present, withClient } from './context.ts';
import { parseConfig } from './session-attach.ts';
import { seconds } from './session-create.ts';

/** Components have 2 s for SHUTDOWN and 3 s for SIGTERM. */
const SHUTDOWN_S = 60;

/** Commands that ask one thing of a session. */
export function registerCommands(session: Command, context: CliContext): void {
  const simple = [
    ['pause', 'Hold the stream; what is in flight still arrives'],
    ['resume', 'Let a paused stream flow on'],
    ['stop', 'End the run; components stay up and may run again'],
  ] as const;
  for (const [command, description] of simple) {
    session
      .command(`${command} <session>`)
      .description(description)
      .action((name: string) =>
        withClient(context, async (client) => {
          const answer = await client.session(name)[command]();
          present(context, { session: name, ...answer }, () => [
            `session ${name} is ${answer.state}${answer.paused ? ' (paused)' : ''}`,
          ]);
        }),
      );
  }
  session
    .command('detach <session> <component>')
    .description('Remove a component, by name or id')
    .action((name: string, component: string) =>
      withClient(context, async (client) => {
        const answer = await client.session(name).detach(component);
        present(context, { session: name, component, ...answer }, () => [`detached ${component} from ${name}`]);
      }),
    );
  session
    .command('configure <session> <component> <json>')
    .description("Replace a component's configuration; a running one that takes it gets it at once")
    .action((name: string, component: string, json: string) =>
      withClient(context, async (client) => {
        const config = parseJsonArgument(json);
        const answer = await client.session(name).configure(component, config);
        present(context, { session: name, component, config, ...answer }, () => [
          `configured ${component} of ${name}${DELIVERY[answer.delivery ?? 'later']}`,
        ]);
      }),
    );
  session
    .command('shutdown <session>')
    .description('End the session: components are shut down, their processes ended')
    .option('--timeout <seconds>', 'how long to wait for the end of its processes', seconds, SHUTDOWN_S)
    .action((name: string, { timeout }: { timeout: number }) =>
      withClient(context, async (client) => {
        const handle = client.session(name);
        await handle.shutdown();
        const ended = await handle.ended({ timeoutMs: timeout * 1_000 });
        present(context, { session: ended }, () => [`session ${name} is SHUTDOWN`]);
      }),
    );
  session
    .command('delete <session>')
    .description('Shut a session down if need be, and remove its history and its run folders')
    .option('--keep-files', 'leave run folders and logs', false)
    .option('--force', 'also when its host does not answer: without a shutdown in good order', false)
    .option('--timeout <seconds>', 'how long to wait for the end of its processes', seconds, SHUTDOWN_S)
    .action((name: string, { keepFiles, force, timeout }: DeleteCommandOptions) =>
      withClient(context, async (client) => {
        await client.session(name).delete({ force, timeoutMs: timeout * 1_000 });
        const folder = `${homePaths(context.home).runs}/${name}`;
        if (!keepFiles) await rm(folder, { recursive: true, force: true });
        const kept = keepFiles && existsSync(folder) ? folder : undefined;
        present(context, { deleted: name, ...(kept === undefined ? {} : { kept }) }, () => [
          `deleted session ${name}${kept === undefined ? '' : `; its files are in ${kept}`}`,
        ]);
      }),
    );
}

const DELIVERY = {
  acknowledged: ': it has taken it',
  later: ': it gets it with its next start',
  unanswered: ': it was told and has not answered; `aegisctl session logs` may say why',
} as const;

interface DeleteCommandOptions {
  readonly keepFiles: boolean;
  readonly force: boolean;
  readonly timeout: number;
}

function parseJsonArgument(json: string): Record<string, unknown> {
  try {
    return parseConfig(json);
  } catch (error) {
    throw new AegisError('USAGE', `the configuration is not a JSON object: ${json}`, { cause: error });
  }
}
