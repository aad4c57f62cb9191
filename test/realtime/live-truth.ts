import { expect } from 'vitest';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { renderAggTrade } from '../../src/market/binance/record/agg-trade.ts';
import { renderKline } from '../../src/market/binance/record/kline.ts';
import { renderTrade } from '../../src/market/binance/record/trade.ts';
import { INTERVAL_MS, isInterval } from '../../src/model/market.ts';
import { parseTopic } from '../../src/model/topic.ts';

/** A row as a component got it. */
export interface Row {
  /** Short topic. */
  readonly topic: string;
  readonly ts: number;
  /** The text of its data. */
  readonly json: string;
}

const LINE = /^\{"session_id":"[^"]+","topic":"aegis\.[^.]+\.([^"]+)","ts":(\d+),"data":(.*)\}$/;

export function rowOf(line: string): Row {
  const [, topic = '', ts = '', json = ''] = LINE.exec(line) ?? [];
  if (topic === '') throw new Error(`not a row: ${line.slice(0, 200)}`);
  return { topic, ts: Number(ts), json };
}

export function byTopic(lines: readonly string[]): Map<string, Row[]> {
  return Map.groupBy(lines.map(rowOf), ({ topic }) => topic);
}

/** Ids of trades and aggTrades, open times of klines. */
export function keysOf(rows: readonly Row[]): number[] {
  return rows.map(({ topic, json }) => {
    const data = JSON.parse(json);
    const type = parseTopic(topic).type;
    return Number(type === 'trades' ? data.id : type === 'aggTrades' ? data.agg_trade_id : data.open_time);
  });
}

/** Ids, or open times in unix ms, that were declared lost; both included. */
export interface LostRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Exactly what happened from the first of these rows to the last, but for what was declared lost: every one, once, in order,
 * byte for byte.
 */
export async function expectUnbroken(
  exchange: FakeExchange,
  rows: readonly Row[],
  lost: readonly LostRange[] = [],
): Promise<void> {
  const topic = rows[0]?.topic ?? '';
  const { type, symbol, detail = '' } = parseTopic(topic);
  const keys = keysOf(rows);
  const [first = 0, last = -1] = [keys[0], keys.at(-1)];
  const all = await happened(exchange, { type, symbol, detail }, first, last);
  const allKeys = keysOf(all.map((json) => ({ topic, ts: 0, json })));
  const isLost = (key = 0) => lost.some(({ from, to }) => from <= key && key <= to);
  expect(rows.map(({ json }) => json)).toEqual(all.filter((_, index) => !isLost(allKeys[index])));
}

async function happened(
  { truth }: FakeExchange,
  { type, symbol, detail }: { readonly type: string; readonly symbol: string; readonly detail: string },
  first: number,
  last: number,
): Promise<string[]> {
  if (type === 'trades') return truth.trades(symbol, first, last).map(renderTrade);
  if (type === 'aggTrades') return truth.aggTrades(symbol, first, last).map(renderAggTrade);
  if (type !== 'klines' || !isInterval(detail)) throw new Error(`the truth of ${type} is not told`);
  const bars = await truth.klines(symbol, detail, first, last + (INTERVAL_MS[detail] ?? 0));
  return bars.map(renderKline);
}
