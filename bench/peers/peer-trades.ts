import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamPlan } from '../../src/model/plan.ts';
import type { PreparedData } from '../data/reference.ts';
import { firstRows } from './first-rows.ts';

/** The trades that peers replay: the first ones of two symbols of a dataset, the very rows that Aegis replays. */
export interface PeerTrades {
  /** `ADAUSDT`. */
  readonly symbols: readonly string[];
  /** Paths of their tapes. */
  readonly tapes: readonly string[];
  /** Of each symbol. */
  readonly rows: number;
  /** Unix ms, whole minutes around all trades. */
  readonly from: number;
  readonly to: number;
  /** Of the prices of all of them, in thousandths: peers that parse must find the same. */
  readonly sum: number;
}

/** Peers take several seconds for a million rows. */
const ROWS = 300_000;
const US_PER_MINUTE = 60_000_000;
const MINUTE_MS = 60_000;

export function peerTrades(data: PreparedData): PeerTrades {
  const plan: StreamPlan = JSON.parse(readFileSync(data.planPath, 'utf8'));
  const topics = plan.topics.slice(0, 2);
  const tapes = topics.map(({ tapes: [first] }) => join(data.tapesDir, first?.path ?? ''));
  let sum = 0;
  let [first, last] = [Infinity, 0];
  for (const tape of tapes) {
    for (const { timeUs, json } of firstRows(tape, ROWS)) {
      sum += thousandths(json);
      first = Math.min(first, timeUs);
      last = Math.max(last, timeUs);
    }
  }
  return {
    symbols: topics.map(({ topic }) => topic.split('.')[1] ?? ''),
    tapes,
    rows: ROWS,
    from: Math.floor(first / US_PER_MINUTE) * MINUTE_MS,
    to: Math.floor(last / US_PER_MINUTE + 1) * MINUTE_MS,
    sum,
  };
}

function thousandths(json: string): number {
  const { price }: { price: number } = JSON.parse(json);
  return Math.round(1_000 * price);
}
