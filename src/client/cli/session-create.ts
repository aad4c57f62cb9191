import { type Command, InvalidArgumentError, Option } from 'commander';
import { MARKET_NAMES, type MarketName } from '../../model/market.ts';
import { type CliContext, present, withClient } from './context.ts';
import { parseRange } from './range.ts';
import { time } from './table.ts';

interface CreateOptions {
  readonly mode: 'historical' | 'realtime';
  readonly market: MarketName;
  readonly from: string;
  readonly to: string;
  readonly allowGaps: boolean;
  readonly startTimeout?: number;
  readonly dataGrace?: number;
  readonly dataReconnect?: number;
}

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
    .requiredOption('--from <time>', 'first day or time, UTC: 2024-01-01 or 2024-01-01T12:00:00Z')
    .requiredOption('--to <time>', 'last day (included), or the time before which it ends')
    .option('--allow-gaps', 'run over what there is when days lack their data', false)
    .option('--start-timeout <seconds>', 'how long a component may take to RUNNING (default 60)', seconds)
    .option('--data-grace <seconds>', 'how long the stream waits for a first data connection (default 15)', seconds)
    .option('--data-reconnect <seconds>', 'how long a lost data connection holds the clock (default 120)', seconds)
    .action(async (name: string, options: CreateOptions) => {
      const range = parseRange(options.from, options.to);
      await withClient(context, async (client) => {
        await client.createSession(name, {
          mode: options.mode,
          market: MARKET_NAMES[options.market],
          ...range,
          allowGaps: options.allowGaps,
          ...(options.startTimeout === undefined ? {} : { startTimeoutMs: options.startTimeout * 1_000 }),
          ...(options.dataGrace === undefined ? {} : { dataGraceMs: options.dataGrace * 1_000 }),
          ...(options.dataReconnect === undefined ? {} : { dataReconnectMs: options.dataReconnect * 1_000 }),
        });
        const session = await client.session(name).state();
        present(context, { session }, () => [
          `created session ${name} (${session.id}): ${options.mode} ${options.market}, ${time(range.from)} to ${time(range.to)} UTC`,
          `next: aegisctl session attach ${name} --path <program>`,
        ]);
      });
    });
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number of seconds is needed');
  return value;
}
