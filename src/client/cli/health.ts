import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../../model/errors.ts';
import { HEALTH_DEFAULTS, type HealthLimits } from '../../model/health.ts';
import { type CliContext, present, withClient } from './context.ts';
import { healthLines } from './health-lines.ts';
import { healthReport, statesOf } from './health-report.ts';

interface HealthOptions {
  readonly heartbeat: number;
  readonly maxRss?: number;
  readonly maxCpu?: number;
}

export function registerHealth(program: Command, context: CliContext): void {
  program
    .command('health [session]')
    .description('Every component of this host at a glance, and what is not well; exit code 10 when something is not')
    .option(
      '--heartbeat <seconds>',
      'longest silence of a running component',
      positive,
      HEALTH_DEFAULTS.heartbeatMs / 1e3,
    )
    .option('--max-rss <MB>', 'a component that holds more memory is not well', positive)
    .option('--max-cpu <percent>', 'a component that keeps more of a core busy is not well', positive)
    .action((name: string | undefined, options: HealthOptions) =>
      withClient(context, async (client) => {
        const sessions = name === undefined ? await statesOf(client) : [await client.session(name).state()];
        const report = await healthReport(context, client, sessions, limitsOf(options));
        const { healthy, components, problems } = report;
        const states = sessions.map(({ name: session, id, state, paused, run }) => ({
          session,
          id,
          state,
          paused,
          run,
        }));
        present(context, { healthy, problems, sessions: states, components }, () => healthLines(report));
        if (!healthy) process.exitCode = EXIT.failed;
      }),
    );
}

function limitsOf({ heartbeat, maxRss, maxCpu }: HealthOptions): HealthLimits {
  return {
    heartbeatMs: heartbeat * 1_000,
    ...(maxRss === undefined ? {} : { maxRssBytes: maxRss * 1e6 }),
    ...(maxCpu === undefined ? {} : { maxCpu: maxCpu / 100 }),
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('a number above 0 is needed');
  return value;
}
