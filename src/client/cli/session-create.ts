import { type Command, InvalidArgumentError, Option } from 'commander';
import { MARKET_NAMES } from '../../model/market.ts';
import type { SessionSpec } from '../../model/session.ts';
import { type CliContext, present, withClient } from './context.ts';
import { type CreateOptions, specOf } from './session-spec.ts';
import { time } from './table.ts';

export function registerCreate(session: Command, context: CliContext): void {
  session
    .command('create <name>')
    .description('Create a session: an isolated, named context for components and market data')
    .addOption(
      new Option('--mode <mode>', 'recorded or live market data')
        .choices(['historical', 'realtime'])
        .default('historical'),
    )
    .addOption(
      new Option('--market <market>', 'where the data come from').choices(Object.keys(MARKET_NAMES)).default('spot'),
    )
    .option(
      '--from <time>',
      'first day or time, UTC: 2024-01-01 or 2024-01-01T12:00:00Z; realtime: history before live',
    )
    .option('--to <time>', 'last day (included), or the time before which it ends; historical only')
    .option('--allow-gaps', 'run over what there is when days lack their data', false)
    .option('--replay <recording>', 'historical: what a realtime session has recorded, as `data recordings` lists it')
    .option('--endpoint <url>', 'realtime: a server in place of the exchange, e.g. of `aegisctl exchange`')
    .option('--no-record', 'realtime: do not record what is delivered')
    .option('--keep-age <seconds>', 'realtime: how long rows are kept for slow components (default 86400)', seconds)
    .option('--keep-size <MiB>', 'realtime: how much of them is kept (default 1024)', seconds)
    .option('--start-timeout <seconds>', 'how long a component may take to RUNNING (default 60)', seconds)
    .option('--data-grace <seconds>', 'how long the stream waits for a first data connection (default 15)', seconds)
    .option('--data-reconnect <seconds>', 'how long a lost data connection holds the clock (default 120)', seconds)
    .action(async (name: string, options: CreateOptions) => {
      const spec = specOf(context.home, options);
      await withClient(context, async (client) => {
        await client.createSession(name, spec);
        const session = await client.session(name).state();
        present(context, { session }, () => [
          `created session ${name} (${session.id}): ${options.mode} ${options.market}${rangeText(session.spec)}`,
          `next: aegisctl session attach ${name} --path <program>`,
        ]);
      });
    });
}

function rangeText(spec: SessionSpec): string {
  if (spec.mode === 'historical') {
    const { from, to, recording } = spec;
    const source = recording === undefined ? '' : ` recording ${recording.session}/${recording.run},`;
    return `,${source} ${time(from)} to ${time(to)} UTC`;
  }
  return spec.from === undefined ? '' : `, with history from ${time(spec.from)} UTC`;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number of seconds is needed');
  return value;
}
