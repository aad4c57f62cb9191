import type { KlineEvent, MarketEvent } from '../../../src/market/binance/stream/market-event.ts';

/** A trade whose time follows from its id: 1 s apart. */
export function trade(id: number): MarketEvent {
  const time = id * 1_000;
  const record = { id, price: '100.5', qty: '2', quoteQty: '201', time, isBuyerMaker: true };
  return { type: 'trade', symbol: 'BTCUSDT', timeUs: time * 1_000, record };
}

export function trades(from: number, to: number): MarketEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => trade(from + index));
}

export function aggTrade(aggTradeId: number): MarketEvent {
  const record = {
    symbol: 'BTCUSDT',
    aggTradeId,
    price: '100.5',
    quantity: '2',
    firstTradeId: aggTradeId,
    lastTradeId: aggTradeId,
    transactTime: aggTradeId * 1_000,
    isBuyerMaker: true,
  };
  return { type: 'aggTrade', symbol: 'BTCUSDT', timeUs: aggTradeId * 1_000_000, record };
}

export interface KlineParts {
  readonly openTime: number;
  readonly closeTime: number;
  readonly interval?: string;
  readonly close?: string;
  readonly closed?: boolean;
  readonly eventTime?: number;
}

export function kline(parts: KlineParts): KlineEvent {
  const { openTime, closeTime, interval = '1m', close = '100', closed = true, eventTime = closeTime } = parts;
  const record = {
    openTime,
    open: '100',
    high: '101',
    low: '99',
    close,
    volume: '5',
    closeTime,
    quoteVolume: '500',
    count: 3,
    takerBuyVolume: '2',
    takerBuyQuoteVolume: '200',
  };
  return { type: 'kline', symbol: 'BTCUSDT', interval, closed, eventTime, record };
}
