import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FakeExchange } from '../../fake/fake-exchange.ts';
import { AegisError, messageOf } from '../../model/errors.ts';
import { MARKET_NAMES, type MarketName } from '../../model/market.ts';
import { type CliContext, present } from './context.ts';
import { marketOption, positive, symbol } from './data/options.ts';
import { eventLine, nextLines } from './exchange-lines.ts';
import { untilInterrupted } from './interrupt.ts';

interface ExchangeOptions {
  readonly market: MarketName;
  readonly port: number;
  readonly symbols?: readonly string[];
  readonly rate: number;
  readonly seed: number;
  readonly speed: number;
  readonly history: number;
  readonly frames?: readonly string[];
}

const HELP = `
Examples:
  aegisctl exchange                                      spot, BTCUSDT and ETHUSDT, 20 trades per second each
  aegisctl exchange --market futures --port 9500         USD-M futures on a fixed port
  aegisctl exchange --symbols BTCUSDT --rate 1000        one busy symbol
  aegisctl exchange --frames day.gz --speed 10           recorded frames, ten times as fast

A session takes its data from there with --endpoint; docs/fake-exchange.md tells how to make it misbehave.`;

export function registerExchange(program: Command, context: CliContext): void {
  program
    .command('exchange')
    .description('Run a fake exchange: a server that speaks the dialect of Binance, for trying out realtime sessions')
    .addOption(marketOption().default('spot'))
    .option('--port <n>', 'where it listens on 127.0.0.1; 0: any free port', port, 0)
    .addOption(new Option('--symbols <symbols...>', 'several with blanks or commas').argParser(symbols))
    .option('--rate <n>', 'trades per second and symbol', above0, 20)
    .option('--seed <n>', 'the same seed gives the same trades', positive, 1)
    .option('--speed <n>', 'market seconds per second', above0, 1)
    .option('--history <days>', 'days before today that REST and archives know', positive, 7)
    .addOption(
      new Option('--frames <files...>', 'recorded frames to play in place of an invented market').conflicts([
        'symbols',
        'rate',
        'seed',
        'history',
      ]),
    )
    .addHelpText('after', HELP)
    .action(async (options: ExchangeOptions) => {
      await untilInterrupted(async (signal) => {
        const exchange = await start(options, context);
        try {
          tell(exchange, options.market, context);
          await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        } finally {
          await exchange.close();
        }
      });
    });
}

async function start(options: ExchangeOptions, context: CliContext): Promise<FakeExchange> {
  // Loaded when it is needed: help and completion are to be quick.
  const library = await import('../../fake/fake-exchange.ts');
  const { market, port, rate, seed, speed, history, symbols, frames } = options;
  const invented = { rate, seed, historyDays: history, ...(symbols === undefined ? {} : { symbols }) };
  try {
    return await library.FakeExchange.start({
      market: MARKET_NAMES[market],
      port,
      speed,
      ...(frames === undefined ? invented : { frames }),
      onEvent: (event) => context.err(eventLine(event)),
    });
  } catch (error) {
    throw AegisError.is(error)
      ? error
      : new AegisError('USAGE', `the fake exchange does not start: ${messageOf(error)}`, { cause: error });
  }
}

function tell(exchange: FakeExchange, market: MarketName, context: CliContext): void {
  const { url, symbols } = exchange;
  present(context, { url, market, symbols }, () => [
    `fake exchange: ${market}, ${symbols.join(', ')}, at ${url}`,
    ...nextLines(url, market),
    'Ctrl-C ends it.',
  ]);
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return value;
}

function above0(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1_000_000)) throw new InvalidArgumentError('a number above 0 is needed');
  return value;
}

function symbols(text: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), ...text.split(',').map(symbol)];
}
