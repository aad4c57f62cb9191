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

/** Whether the rows of all topics with ids have come as far as the exchange was at a moment. */
export function hasPassed({ follower: { last } }: Reader, state: ExchangeState): boolean {
  return Object.entries(state.last).every(([symbol, { tradeId, aggTradeId }]) => {
    return (last.get(`trades.${symbol}`) ?? -1) >= tradeId && (last.get(`aggTrades.${symbol}`) ?? -1) >= aggTradeId;
  });
}
