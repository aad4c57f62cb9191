import { AegisError } from '../../model/errors.ts';
import { MARKET_NAMES, type MarketName } from '../../model/market.ts';
import type { SessionSpecInput } from '../../model/schema/session-schema.ts';
import { recordingOf } from '../recordings.ts';
import { parseRange, parseTime } from './range.ts';

/** What `session create` is told. Durations in seconds. */
export interface CreateOptions {
  readonly mode: 'historical' | 'realtime';
  readonly market: MarketName;
  readonly from?: string;
  readonly to?: string;
  readonly allowGaps: boolean;
  readonly replay?: string;
  readonly endpoint?: string;
  readonly record: boolean;
  readonly keepAge?: number;
  readonly keepSize?: number;
  readonly startTimeout?: number;
  readonly dataGrace?: number;
  readonly dataReconnect?: number;
}

/** Throws USAGE for an option that the mode does not have: none is read and ignored. */
export function specOf(home: string, options: CreateOptions): SessionSpecInput {
  const { mode, from, to, replay } = options;
  const common = {
    market: MARKET_NAMES[options.market],
    ...(options.startTimeout === undefined ? {} : { startTimeoutMs: options.startTimeout * 1_000 }),
    ...(options.dataGrace === undefined ? {} : { dataGraceMs: options.dataGrace * 1_000 }),
    ...(options.dataReconnect === undefined ? {} : { dataReconnectMs: options.dataReconnect * 1_000 }),
  };
  if (mode === 'historical') {
    const { endpoint, keepAge, keepSize, record } = options;
    refuse('historical sessions', { '--endpoint': endpoint, '--keep-age': keepAge, '--keep-size': keepSize });
    if (!record) throw new AegisError('USAGE', '--no-record is for realtime sessions');
    if (replay !== undefined) {
      refuse('a replay of a recording', { '--from': from, '--to': to, '--allow-gaps': options.allowGaps || undefined });
      const { from: first, to: last, ...recording } = recordingOf(home, replay);
      return { mode, ...common, from: first, to: last, recording };
    }
    if (from === undefined || to === undefined) {
      throw new AegisError('USAGE', 'a historical session needs --from and --to', {
        remedy: 'Add --from 2024-01-01 --to 2024-01-31, or --mode realtime.',
      });
    }
    return { mode, ...common, ...parseRange(from, to), allowGaps: options.allowGaps };
  }
  refuse('realtime sessions', { '--replay': replay, '--to': to, '--allow-gaps': options.allowGaps || undefined });
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

function refuse(what: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given.length > 0) throw new AegisError('USAGE', `${given.join(', ')}: not for ${what}`);
}
