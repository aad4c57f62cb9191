import { describe, expect, it } from 'vitest';
import type { ArchiveContent } from '../../../src/market/binance/archive/archive-ref.ts';
import { MarketRest } from '../../../src/market/binance/rest/market-rest.ts';
import type { Interval, Market } from '../../../src/model/market.ts';
import { hasData } from '../reference-data.ts';
import { eventRow, frameRows, rowsOfLines } from '../stream/both-ways.ts';
import { aggTradeFrame, klineFrame, tradeFrame } from '../stream/frame-forms.ts';
import { restAnswer } from '../stream/recorded.ts';
import { serveRest } from './rest-server.ts';

/** A row of a REST answer as columns of an archive. Not for USD-M trades: their quote quantity is cut off. */
const TO_LINE = {
  aggTrades: ({ a, p, q, f, l, T, m }: RestRow) => [a, p, q, f, l, T, m],
  trades: ({ id, price, qty, quoteQty, baseQty, time, isBuyerMaker }: RestRow) => {
    return [id, price, qty, baseQty ?? quoteQty, time, isBuyerMaker];
  },
  klines: (row: RestRow) => Object.values(row),
} as const;

const TO_FRAME = { aggTrades: aggTradeFrame, trades: tradeFrame, klines: klineFrame } as const;

type RestRow = Readonly<Record<string, unknown>>;
type Type = keyof typeof TO_LINE;

const CASES: readonly (readonly [Market, Type, string, string, readonly string[], number])[] = [
  ['spot', 'aggTrades', 'BTCUSDT', '/api/v3/aggTrades', ['fromId=202790190'], 1000],
  ['um', 'aggTrades', 'LTCUSDT', '/fapi/v1/aggTrades', ['endTime=1602819863'], 500],
  ['cm', 'aggTrades', 'BTCUSD_PERP', '/dapi/v1/aggTrades', ['limit=5'], 5],
  ['spot', 'trades', 'ETHBTC', '/api/v3/trades', ['symbol=ETHBTC'], 1000],
  ['cm', 'trades', 'BTCUSD_PERP', '/dapi/v1/trades', ['limit=1000'], 5],
  ['spot', 'klines', 'BTCUSDT', '/api/v3/klines', ['startTime=1588280400000'], 1000],
  ['spot', 'klines', 'BTCUSDT', '/api/v3/klines', ['startTime=1591880400000'], 468],
  ['um', 'klines', 'BTCUSDT', '/fapi/v1/klines', ['startTime=1546300800000'], 116],
  ['cm', 'klines', 'BTCUSD_PERP', '/dapi/v1/klines', ['startTime=1672531200000'], 6],
];

describe.skipIf(!hasData)('a REST row, a frame and an archive row give the same bytes (needs ../shared/data)', () => {
  it.each(CASES)('%s %s of %s: %s %j, %i rows', async (market, type, symbol, route, parts, count) => {
    const { data, queryString } = restAnswer(route, ...parts);
    const server = await serveRest(({ path }) => ({
      body: path.endsWith('/time') ? { serverTime: Date.now() } : data,
    }));
    const interval = intervalOf(queryString);
    const content: ArchiveContent = { market, type, symbol, ...(type === 'klines' ? { interval } : {}) };
    const lines = (Array.isArray(data) ? data : []).map((row) => {
      const columns = TO_LINE[type](row);
      return (market === 'spot' && type !== 'klines' ? [...columns, true] : columns).join(',');
    });
    const rest = new MarketRest({ market, endpoints: { rest: server.url } });
    const events =
      type === 'klines'
        ? await rest.klines({ symbol, interval, startTime: 0, limit: 1000 })
        : await rest[type]({ symbol, fromId: 0, limit: 1000 });
    const rows = events.map(eventRow);
    expect(rows).toHaveLength(count);
    expect(rows).toEqual(await rowsOfLines(lines, content));
    expect(rows).toEqual(
      frameRows(
        lines.map((line) => TO_FRAME[type](line, symbol, interval)),
        market,
      ),
    );
  });
});

function intervalOf(queryString: string): Interval {
  return queryString.includes('interval=1h') ? '1h' : '1d';
}
