import type { Command } from 'commander';
import { homePaths } from '../../model/paths.ts';
import { type Endpoints, readEndpoints } from '../../servers/endpoints.ts';
import { startAegisd, stopAegisd } from '../start-aegisd.ts';
import { type CliContext, present, withClient } from './context.ts';
import { interruptible } from './interrupt.ts';
import { duration, table } from './table.ts';

export function registerDaemon(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('Start Aegis in the background: aegisd, and Temporal and NATS unless they are external')
    .action(async () => {
      const before = await readEndpoints(context.home);
      const endpoints = before ?? (await start(context));
      present(context, { started: before === undefined, endpoints }, () => [
        before === undefined ? 'Aegis is up' : 'Aegis was up already',
        ...endpointLines(endpoints, context.home),
      ]);
    });

  program
    .command('down')
    .description('End Aegis in good order; sessions are kept and go on after the next up')
    .action(async () => {
      const stopped = await stopAegisd(context.home);
      present(context, { stopped }, () => [stopped ? 'Aegis is down' : 'Aegis was not up']);
    });

  program
    .command('status')
    .description('What runs, where, and the sessions')
    .action(() =>
      withClient(context, async (client) => {
        const sessions = await client.sessions();
        const { endpoints } = client;
        present(context, { endpoints, sessions }, () => [
          `Aegis is up since ${duration(Date.now() - endpoints.startedAt)}`,
          ...endpointLines(endpoints, context.home),
          '',
          ...(sessions.length === 0
            ? ['no sessions']
            : table(
                ['session', 'state'],
                sessions.map((s) => [s.name, s.state]),
              )),
        ]);
      }),
    );
}

export async function start(context: CliContext): Promise<Endpoints> {
  return interruptible((signal) =>
    startAegisd({
      home: context.home,
      signal,
      onLine: (line) => {
        if (!context.json) context.err(line.replace(/^\S+ info +/, '  '));
      },
    }),
  );
}

function endpointLines({ temporal, nats, controlSocket, pid }: Endpoints, home: string): string[] {
  return [
    `  Temporal UI     ${temporal.ui ?? 'that of your Temporal'}`,
    `  Temporal        ${temporal.address}, namespace ${temporal.namespace}`,
    `  NATS            ${nats.url}`,
    `  control socket  ${controlSocket}`,
    `  aegisd          pid ${pid}, log ${homePaths(home).state}/aegisd.log`,
  ];
}
