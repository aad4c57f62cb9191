import { renderAggTrade } from '../../../src/market/binance/record/agg-trade.ts';
import { canonicalDecimal } from '../../../src/market/binance/record/decimal.ts';
import { SESSION_ID } from '../scripted-sockets.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
export const TOPICS: readonly string[] = SYMBOLS.map((symbol) => `aggTrades.${symbol}`);
const START_MS = 1_767_225_600_000;

export interface TestTrade {
  /** Index of its topic in TOPICS. */
  readonly topic: number;
  readonly ts: number;
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
}

/** The trade of a row number, as a busy market has them. */
export function tradeAt(seq: number): TestTrade {
  const state = (Math.imul(seq + 1, 1_103_515_245) + 12_345) >>> 0;
  const quantity = Number(((state % 99_991) / 1_000).toFixed(3));
  const price = Number((90_000 + (state % 9_973) / 10).toFixed(1));
  return { topic: state % 2, ts: START_MS + Math.floor(seq / 3), id: 3_000_000 + seq, price, quantity };
}

/** The rows as the data stream server writes them to a component that asks for numbers. */
export function numberedLine(seq: number): string {
  const { topic, ts, id, price, quantity } = tradeAt(seq);
  const data = renderAggTrade({
    symbol: SYMBOLS[topic] ?? '',
    aggTradeId: id,
    price: canonicalDecimal(String(price)) ?? '0',
    quantity: canonicalDecimal(String(quantity)) ?? '0',
    firstTradeId: 2 * id,
    lastTradeId: 2 * id + 1,
    transactTime: ts,
    isBuyerMaker: seq % 2 === 0,
  });
  const full = `aegis.${SESSION_ID}.${TOPICS[topic]}`;
  return `{"session_id":"${SESSION_ID}","topic":"${full}","ts":${ts},"seq":${seq},"data":${data}}\n`;
}

/** The rows `0` to `rows - 1` in pieces of some hundred KiB. */
export function linePieces(rows: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < rows; start += 2_048) {
    const count = Math.min(2_048, rows - start);
    pieces.push(Buffer.from(Array.from({ length: count }, (_, index) => numberedLine(start + index)).join('')));
  }
  return pieces;
}
