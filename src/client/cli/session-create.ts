import { type Command, InvalidArgumentError, Option } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { MARKET_NAMES, type MarketName } from '../../model/market.ts';
import type { SessionSpecInput } from '../../model/schema/session-schema.ts';
import type { SessionSpec } from '../../model/session.ts';
import { type CliContext, present, withClient } from './context.ts';
import { parseRange, parseTime } from './range.ts';
import { time } from './table.ts';

interface CreateOptions {
  readonly mode: 'historical' | 'realtime';
  readonly market: MarketName;
  readonly from?: string;
  readonly to?: string;
  readonly allowGaps: boolean;
  readonly endpoint?: string;
  readonly record: boolean;
  readonly keepAge?: number;
  readonly keepSize?: number;
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
    .option(
      '--from <time>',
      'first day or time, UTC: 2024-01-01 or 2024-01-01T12:00:00Z; realtime: history before live',
    )
    .option('--to <time>', 'last day (included), or the time before which it ends; historical only')
    .option('--allow-gaps', 'run over what there is when days lack their data', false)
    .option('--endpoint <url>', 'realtime: a server in place of the exchange, e.g. of `aegisctl exchange`')
    .option('--no-record', 'realtime: do not record what is delivered')
    .option('--keep-age <seconds>', 'realtime: how long rows are kept for slow components (default 86400)', seconds)
    .option('--keep-size <MiB>', 'realtime: how much of them is kept (default 1024)', seconds)
    .option('--start-timeout <seconds>', 'how long a component may take to RUNNING (default 60)', seconds)
    .option('--data-grace <seconds>', 'how long the stream waits for a first data connection (default 15)', seconds)
    .option('--data-reconnect <seconds>', 'how long a lost data connection holds the clock (default 120)', seconds)
    .action(async (name: string, options: CreateOptions) => {
      const spec = specOf(options);
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

/** Throws USAGE for an option that the mode does not have: none is read and ignored. */
function specOf(options: CreateOptions): SessionSpecInput {
  const { mode, from, to } = options;
  const common = {
    market: MARKET_NAMES[options.market],
    ...(options.startTimeout === undefined ? {} : { startTimeoutMs: options.startTimeout * 1_000 }),
    ...(options.dataGrace === undefined ? {} : { dataGraceMs: options.dataGrace * 1_000 }),
    ...(options.dataReconnect === undefined ? {} : { dataReconnectMs: options.dataReconnect * 1_000 }),
  };
  if (mode === 'historical') {
    const { endpoint, keepAge, keepSize, record } = options;
    refuse('historical', { '--endpoint': endpoint, '--keep-age': keepAge, '--keep-size': keepSize });
    if (!record) throw new AegisError('USAGE', '--no-record is for realtime sessions');
    if (from === undefined || to === undefined) {
      throw new AegisError('USAGE', 'a historical session needs --from and --to', {
        remedy: 'Add --from 2024-01-01 --to 2024-01-31, or --mode realtime.',
      });
    }
    return { mode, ...common, ...parseRange(from, to), allowGaps: options.allowGaps };
  }
  refuse('realtime', { '--to': to, '--allow-gaps': options.allowGaps || undefined });
  const { endpoint, keepAge, keepSize, record } = options;
  const log = {
    ...(keepAge === undefined ? {} : { maxAgeMs: Math.round(keepAge * 1_000) }),
    ...(keepSize === undefined ? {} : { maxBytes: Math.round(keepSize * 1_048_576) }),
  };
  return {
    mode,
    ...common,
    record,
    ...(from === undefined ? {} : { from: parseTime('--from', from) }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(Object.keys(log).length === 0 ? {} : { log }),
  };
}

function refuse(mode: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given.length > 0) throw new AegisError('USAGE', `${given.join(', ')}: not for ${mode} sessions`);
}

function rangeText(spec: SessionSpec): string {
  if (spec.mode === 'historical') return `, ${time(spec.from)} to ${time(spec.to)} UTC`;
  return spec.from === undefined ? '' : `, with history from ${time(spec.from)} UTC`;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number of seconds is needed');
  return value;
}
