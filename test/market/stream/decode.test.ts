import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../src/market/binance/stream/decode.ts';

const TRADE = {
  e: 'trade',
  E: 1723161255343,
  s: 'BTCUSDT',
  t: 3735683259,
  p: '61837.63000000',
  q: '0.02000000',
  T: 1723161255342,
  m: true,
  M: true,
};
const TRADE_EVENT = {
  type: 'trade',
  symbol: 'BTCUSDT',
  timeUs: 1723161255342000,
  record: {
    id: 3735683259,
    price: '61837.63',
    qty: '0.02',
    quoteQty: '1236.7526',
    time: 1723161255342,
    isBuyerMaker: true,
  },
};

function decoded(frame: unknown, market: 'spot' | 'um' | 'cm' = 'spot') {
  return decodeFrame(JSON.stringify(frame), market);
}

describe('decodeFrame', () => {
  it('reads raw and combined frames, as text and as bytes', () => {
    const combined = { stream: 'btcusdt@trade', data: TRADE };
    for (const frame of [TRADE, combined]) {
      expect(decoded(frame)).toEqual({ type: 'event', event: TRADE_EVENT });
      expect(decodeFrame(Buffer.from(JSON.stringify(frame)), 'spot')).toEqual({ type: 'event', event: TRADE_EVENT });
    }
  });

  it('reads microseconds: the full time for the order, milliseconds for the row', () => {
    expect(decoded({ ...TRADE, E: 1767225600039999, T: 1767225600039409 })).toMatchObject({
      event: { timeUs: 1767225600039409, record: { time: 1767225600039 } },
    });
  });

  it('ignores fields that it does not know', () => {
    expect(decoded({ ...TRADE, st: 1, ps: 'BTCUSD', nq: '0.01', future: { deep: [] } })).toEqual(decoded(TRADE));
  });

  it('reads an aggTrade', () => {
    const frame = {
      e: 'aggTrade',
      E: 1,
      s: 'CTKUSDT',
      a: 7,
      p: '1.01100',
      q: '10',
      f: 3,
      l: 5,
      T: 1626992741421,
      m: false,
    };
    expect(decoded(frame, 'um')).toEqual({
      type: 'event',
      event: {
        type: 'aggTrade',
        symbol: 'CTKUSDT',
        timeUs: 1626992741421000,
        record: {
          symbol: 'CTKUSDT',
          aggTradeId: 7,
          price: '1.011',
          quantity: '10',
          firstTradeId: 3,
          lastTradeId: 5,
          transactTime: 1626992741421,
          isBuyerMaker: false,
        },
      },
    });
  });

  it('reads a bar, and calls a month as topics do', () => {
    const k = {
      ...{ t: 1725148800000, T: 1727740799999, s: 'BTCUSDT', i: '1M', f: 1, L: 2, o: '1.0', c: '2', h: '3', l: '0.5' },
      ...{ v: '3005', n: 113, x: true, q: '22875.8590', V: '1900', Q: '14464.6960', B: '0' },
    };
    expect(decoded({ e: 'kline', E: 1727740800203, s: 'BTCUSDT', k })).toEqual({
      type: 'event',
      event: {
        type: 'kline',
        symbol: 'BTCUSDT',
        interval: '1mo',
        closed: true,
        eventTime: 1727740800203,
        record: {
          openTime: 1725148800000,
          open: '1',
          high: '3',
          low: '0.5',
          close: '2',
          volume: '3005',
          closeTime: 1727740799999,
          quoteVolume: '22875.859',
          count: 113,
          takerBuyVolume: '1900',
          takerBuyQuoteVolume: '14464.696',
        },
      },
    });
  });

  it('reads changes of a book: with the id before on futures, with the transaction time where there is one', () => {
    const spot = { e: 'depthUpdate', E: 1723161255208, s: 'BTCUSDT', U: 10, u: 12, b: [['1.50', '0.00']], a: [] };
    const event = { type: 'depth', symbol: 'BTCUSDT', firstId: 10, lastId: 12, bids: [['1.5', '0']], asks: [] };
    expect(decoded(spot)).toEqual({ type: 'event', event: { ...event, time: 1723161255208 } });
    expect(decoded({ ...spot, T: 1723161255206, pu: 9 }, 'um')).toEqual({
      type: 'event',
      event: { ...event, time: 1723161255206, previousId: 9 },
    });
  });

  it('takes neither the best levels of a book nor one with other orders for changes of the whole book', () => {
    const data = { e: 'depthUpdate', E: 1723161255208, T: 1, s: 'BTCUSDT', U: 10, u: 12, pu: 9, b: [], a: [] };
    for (const stream of ['btcusdt@depth20@100ms', 'btcusdt@depth5', 'btcusdt@rpiDepth@500ms']) {
      expect(decoded({ stream, data }, 'um')).toEqual({ type: 'other', name: stream });
    }
    expect(decoded({ lastUpdateId: 160, bids: [], asks: [] })).toEqual({ type: 'other', name: 'partialDepth' });
  });

  it('reads a bookTicker, which has no event type on spot', () => {
    const data = { u: 9, s: 'BTCUSDT', b: '61837.63000000', B: '3.7', a: '61837.64000000', A: '1.5' };
    const event = { type: 'bookTicker', symbol: 'BTCUSDT', updateId: 9, bid: '61837.63', ask: '61837.64' };
    expect(decoded({ stream: 'btcusdt@bookTicker', data })).toEqual({ type: 'event', event });
    expect(decoded({ e: 'bookTicker', E: 1, T: 1, ...data }, 'um')).toEqual({ type: 'event', event });
  });

  it('knows an id that was used for no trade', () => {
    const frame = { ...TRADE, p: '0', q: '0', X: 'NA' };
    expect(decoded(frame, 'um')).toEqual({
      type: 'event',
      event: { type: 'spentTrade', symbol: 'BTCUSDT', id: 3735683259 },
    });
  });

  it('reads answers to requests, accepted and refused', () => {
    expect(decoded({ result: null, id: 1 })).toEqual({ type: 'reply', id: 1 });
    expect(decoded({ result: ['btcusdt@trade'], id: 'a' })).toEqual({ type: 'reply', id: 'a' });
    expect(decoded({ error: { code: 2, msg: 'Invalid request' }, id: 3 })).toEqual({
      type: 'reply',
      id: 3,
      error: 'Invalid request (code 2)',
    });
    expect(decoded({ code: 3, msg: 'Invalid JSON' })).toEqual({
      type: 'reply',
      id: null,
      error: 'Invalid JSON (code 3)',
    });
  });

  it('knows the notice that the server will close the connection', () => {
    const notice = { e: 'serverShutdown', E: 1770123456789 };
    expect(decoded(notice)).toEqual({ type: 'shutdown' });
    expect(decoded({ stream: '!serverShutdown', data: notice })).toEqual({ type: 'shutdown' });
  });

  it('names what Aegis has no data type for', () => {
    expect(decoded({ e: 'forceOrder', E: 1, o: {} }, 'um')).toEqual({ type: 'other', name: 'forceOrder' });
    expect(decoded({ stream: '!ticker@arr', data: [] })).toEqual({ type: 'other', name: '!ticker@arr' });
  });

  it.each([
    ['', 'this is not JSON'],
    [JSON.stringify(TRADE).slice(0, -9), 'this is not JSON'],
    ['17', 'the frame is 17, not an object'],
    ['[]', 'the frame is [], not an object'],
    ['null', 'the frame is null, not an object'],
    ['{}', 'e is missing'],
    ['{"stream":"btcusdt@trade","data":null}', 'data is null, not an object'],
    ['{"stream":"btcusdt@trade"}', 'data is missing'],
    ['{"data":{}}', 'stream is missing'],
    ['{"e":"trade"}', 's is missing'],
    [JSON.stringify({ ...TRADE, p: 61837.63 }), 'p is 61837.63, not a decimal number'],
    [JSON.stringify({ ...TRADE, p: '-1' }), 'p is "-1", not a decimal number'],
    [JSON.stringify({ ...TRADE, q: 'NaN' }), 'q is "NaN", not a decimal number'],
    [JSON.stringify({ ...TRADE, t: -1 }), 't is -1, not a whole number'],
    [JSON.stringify({ ...TRADE, t: 2 ** 53 }), 't is 9007199254740992, not a whole number'],
    [JSON.stringify({ ...TRADE, T: 1723161255 }), 'T is 1723161255, not a time'],
    [JSON.stringify({ ...TRADE, m: 'true' }), 'm is "true", not true or false'],
    [JSON.stringify({ ...TRADE, s: 'BTC"USDT' }), 's is "BTC\\"USDT", not a symbol'],
    [JSON.stringify({ e: 'depthUpdate', s: 'X', U: 1, u: 1, E: 1723161255208, b: [['1']], a: [] }), 'b is missing'],
  ])('%s is malformed: %s', (text, problem) => {
    expect(decodeFrame(text, 'spot')).toEqual({ type: 'malformed', problem });
  });
});
