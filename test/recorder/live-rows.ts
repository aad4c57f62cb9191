import { renderAggTrade } from '../../src/market/binance/record/agg-trade.ts';
import { renderKline } from '../../src/market/binance/record/kline.ts';
import { renderKlineUpdate } from '../../src/market/binance/record/kline-update.ts';
import { renderOrderBook } from '../../src/market/binance/record/order-book.ts';
import { renderTrade } from '../../src/market/binance/record/trade.ts';
import { renderStatus } from '../../src/model/stream-status.ts';
import { fullTopic } from '../../src/model/topic.ts';
import { LINE_END, LINE_MIDDLE, linePrefix } from '../../src/model/wire/line.ts';

export const LIVE_TOPICS = [
  'trades.BTCUSDT',
  'aggTrades.ETHUSDT',
  'klines.BTCUSDT.1m',
  'klineUpdates.BTCUSDT.1m',
  'orderBook.BTCUSDT.100ms',
  'status.BTCUSDT',
] as const;

export interface LiveRow {
  readonly subject: string;
  readonly line: string;
  readonly ts: number;
}

const START = Date.UTC(2026, 0, 5);

/**
 * Row `seq` of a live stream: topics take turns without a pattern, times often tie, and now and then go back, as they do
 * when a gap is filled.
 */
export function liveRow(sessionId: string, seq: number): LiveRow {
  const topic = LIVE_TOPICS[(seq * 7 + Math.floor(seq / 11)) % LIVE_TOPICS.length] ?? LIVE_TOPICS[0];
  const ts = START + Math.floor(seq / 5) - (seq % 97 === 0 ? 50 : 0);
  const prefix = linePrefix(sessionId, topic).toString();
  return {
    subject: fullTopic(sessionId, topic),
    line: `${prefix}${ts}${LINE_MIDDLE}${dataOf(topic, seq, ts)}${LINE_END}`,
    ts,
  };
}

function dataOf(topic: string, seq: number, ts: number): string {
  const [price, quantity] = [`${50_000 + (seq % 100)}.5`, `0.00${1 + (seq % 9)}`];
  switch (topic) {
    case 'trades.BTCUSDT':
      return renderTrade({ id: seq, price, qty: quantity, quoteQty: '12.25', time: ts, isBuyerMaker: seq % 2 === 0 });
    case 'aggTrades.ETHUSDT':
      return renderAggTrade({
        symbol: 'ETHUSDT',
        aggTradeId: seq,
        price,
        quantity,
        firstTradeId: seq,
        lastTradeId: seq + 1,
        transactTime: ts,
        isBuyerMaker: seq % 3 === 0,
      });
    case 'klines.BTCUSDT.1m':
      return renderKline(bar(seq, price));
    case 'klineUpdates.BTCUSDT.1m':
      return renderKlineUpdate({ eventTime: ts, closed: seq % 4 === 0, bar: bar(seq, price) });
    case 'orderBook.BTCUSDT.100ms': {
      const asks = seq % 5 === 0 ? [] : ([['50100', quantity]] as const);
      return renderOrderBook({ lastUpdateId: seq, eventTime: ts, bids: [[price, quantity]], asks });
    }
    default:
      return renderStatus({ kind: 'live', topic: 'trades.BTCUSDT' }, ts);
  }
}

function bar(seq: number, price: string) {
  const [openTime, closeTime] = [START + seq * 60_000, START + seq * 60_000 + 59_999];
  const prices = { open: price, high: price, low: price, close: price };
  const volumes = { volume: '1', quoteVolume: '2', takerBuyVolume: '0.5', takerBuyQuoteVolume: '1' };
  return { openTime, closeTime, count: 3, ...prices, ...volumes };
}
