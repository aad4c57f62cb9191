import { type Command, InvalidArgumentError, Option } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { INTERVALS, MARKET_NAMES, type MarketName } from '../../model/market.ts';
import { recordingFolder } from '../../model/run-status.ts';
import type { SessionSpecInput } from '../../model/schema/session-schema.ts';
import { topicsFromCapabilities } from '../../model/topic.ts';
import { type CliContext, present, withClient } from './context.ts';
import { intervalsOption, marketOption, symbolsOption } from './data/options.ts';
import { parseTime } from './range.ts';
import { follow } from './session-run.ts';

interface RecordOptions {
  readonly market: MarketName;
  readonly symbol: readonly string[];
  readonly type: readonly string[];
  readonly interval?: readonly string[];
  readonly speed?: readonly string[];
  readonly from?: string;
  readonly endpoint?: string;
  readonly wait: boolean;
}

const TYPES = ['trades', 'aggTrades', 'klines', 'klineUpdates', 'orderBook'];
const SPEEDS = ['100ms', '250ms', '500ms'];

/** `session record`: a realtime session without components. */
export function registerRecord(session: Command, context: CliContext): void {
  session
    .command('record <name>')
    .description('Record the live market into tapes, without components; `session stop` or `shutdown` ends it')
    .addOption(marketOption().default('spot'))
    .addOption(symbolsOption().makeOptionMandatory())
    .addOption(listOption('--type <types...>', TYPES).makeOptionMandatory())
    .addOption(intervalsOption())
    .addOption(listOption('--speed <speeds...>', SPEEDS, 'order books every '))
    .option('--from <time>', 'history before live, UTC: 2024-01-01 or 2024-01-01T12:00:00Z')
    .option('--endpoint <url>', 'a server in place of the exchange, e.g. of `aegisctl exchange`')
    .option('--wait', 'return when the recording is over, with progress', false)
    .addHelpText(
      'after',
      '\nExample: aegisctl session record btc --symbol BTCUSDT --type aggTrades klines --interval 1m',
    )
    .action(async (name: string, options: RecordOptions) => {
      const spec = specOf(options);
      const { wait } = options;
      await withClient(context, async (client) => {
        const handle = await client.createSession(name, spec);
        await handle.start();
        const recorded = await follow(context, handle, wait ? ['FINISHED', 'SHUTDOWN'] : ['RUNNING', 'FINISHED']);
        const folder = recordingFolder(context.home, { session: name, sessionId: recorded.id, run: recorded.run });
        present(context, { session: recorded, folder }, () => [
          `session ${name} is ${recorded.state}; tapes are in ${folder}`,
          ...(wait ? [] : [`next: aegisctl session inspect ${name}`]),
        ]);
      });
    });
}

function specOf(options: RecordOptions): SessionSpecInput {
  const { market, from, endpoint } = options;
  return {
    mode: 'realtime',
    market: MARKET_NAMES[market],
    topics: topicsOf(options),
    ...(from === undefined ? {} : { from: parseTime('--from', from) }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Throws USAGE when klines lack their interval. */
function topicsOf({ symbol, type, interval = [], speed = [] }: RecordOptions): string[] {
  if (interval.length === 0 && type.some((each) => each === 'klines' || each === 'klineUpdates')) {
    throw new AegisError('USAGE', 'klines need --interval', {
      remedy: `Add --interval with some of ${INTERVALS.join(', ')}.`,
    });
  }
  return topicsFromCapabilities({ symbols: symbol, streams: type, timeframes: interval, orderBookSpeeds: speed });
}

function listOption(flags: string, allowed: readonly string[], text = ''): Option {
  return new Option(flags, `${text}${allowed.join(', ')}`).argParser(
    (value: string, before: readonly string[] = []) => {
      const values = value.split(',');
      const wrong = values.find((each) => !allowed.includes(each));
      if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${allowed.join(', ')}`);
      return [...before, ...values];
    },
  );
}
