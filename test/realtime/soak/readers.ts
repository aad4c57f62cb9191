import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionHandle } from '../../../src/client/index.ts';
import { python } from '../../sdk/stage.ts';
import { type TestAegis, topicsArgs } from '../../support/aegis.ts';
import { until } from '../../support/until.ts';
import type { ExchangeState } from './exchange-messages.ts';
import { RecordFollower } from './records.ts';

export const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] as const;
const DECLARED = {
  symbols: [...SYMBOLS],
  streams: ['trades', 'aggTrades', 'klines', 'orderBook', 'status'],
  timeframes: ['1m'],
};
const MINUTE_MS = 60_000;
const PROGRAM = join(import.meta.dirname, 'programs/soak_reader.py');

/** A component of the soak. */
export interface Reader {
  readonly name: string;
  readonly id: string;
  /** Its records; other files of it begin with this name. */
  readonly out: string;
  readonly follower: RecordFollower;
}

export interface AttachedReader extends Omit<Reader, 'follower'> {
  /** Once it has been configured. */
  readonly open: () => Promise<Reader>;
}

/** `stallFile`: it reads nothing while this exists. */
export async function attachReader(
  aegis: TestAegis,
  session: SessionHandle,
  name: string,
  stallFile?: string,
): Promise<AttachedReader> {
  const out = join(aegis.home, `${session.name}.${name}`);
  const stall = stallFile === undefined ? [] : ['--stall', stallFile];
  const args = [PROGRAM, '--tell-received', '--out', out, ...topicsArgs(DECLARED), ...stall];
  const launch = { program: python(), args, env: { PYTHONDONTWRITEBYTECODE: '1' }, cwd: aegis.home };
  const { id } = await session.attach({ name, launch });
  const open = async (): Promise<Reader> => {
    await until(`${name} has rows`, () => existsSync(`${out}.topics`) && existsSync(out), 60_000);
    return { name, id, out, follower: new RecordFollower(out) };
  };
  return { name, id, out, open };
}

/** Whether all topics of rows that nobody may miss have come as far as the exchange was at a moment. */
export function hasPassed({ follower: { last } }: Reader, state: ExchangeState): boolean {
  // The last bar that was over.
  const bar = Math.floor(state.now / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const has = (topic: string, key: number) => (last.get(topic) ?? -1) >= key;
  return Object.entries(state.last).every(([symbol, { tradeId, aggTradeId }]) => {
    return (
      has(`trades.${symbol}`, tradeId) && has(`aggTrades.${symbol}`, aggTradeId) && has(`klines.${symbol}.1m`, bar)
    );
  });
}

/** Whether every book has had a row since these keys. */
export function booksGoOn({ follower: { last } }: Reader, since: ReadonlyMap<string, number>): boolean {
  return SYMBOLS.map((symbol) => `orderBook.${symbol}.100ms`).every((topic) => {
    return (last.get(topic) ?? -1) > (since.get(topic) ?? -1);
  });
}
