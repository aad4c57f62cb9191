import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ArchiveContent } from '../../../src/market/binance/archive/archive-ref.ts';
import { parseVisionPath } from '../../../src/market/binance/archive/archive-ref.ts';
import { openZip } from '../../../src/market/binance/archive/zip.ts';
import type { DataType, Market } from '../../../src/model/market.ts';
import { DATA, hasData, kline, VISION, zipsBelow } from '../reference-data.ts';
import { archiveRows, frameRows, type Row, rowsOfLines } from './both-ways.ts';
import { aggTradeFrame, aggTradeLine, klineFrame, klineLine, payloadOf, tradeFrame, tradeLine } from './frame-forms.ts';
import { framesOf, RECORDINGS, type Recording, restAnswer, restAnswers } from './recorded.ts';

/** Archives that lie in the data as CSV: market, type, symbol, era, and where. */
const CSV_ARCHIVES: readonly (readonly [Market, DataType, string, string, string])[] = [
  ['spot', 'klines', 'BTCUSDT', '1h', 'spot/monthly/klines/BTCUSDT-1h-2024-12.csv'],
  ['spot', 'klines', 'BTCUSDT', '1h', 'spot/monthly/klines/BTCUSDT-1h-2025-01.csv'],
  ['um', 'klines', 'BTCUSDT', '1m', 'um/daily/klines/headerless/BTCUSDT-1m-2022-05-05.csv'],
  ['um', 'klines', 'BTCUSDT', '1m', 'um/daily/klines/headerless/BTCUSDT-1m-2022-05-06.csv'],
  ['um', 'klines', 'BTCUSDT', '1m', 'um/daily/klines/BTCUSDT-1m-2025-09-03.csv'],
  ['um', 'klines', 'BTCUSDT', '1m', 'um/daily/klines/BTCUSDT-1m-2025-09-04.csv'],
  ['um', 'klines', 'AVAXUSDT', '1m', 'um/monthly/klines/AVAXUSDT-1m-2026-06.csv'],
  ['um', 'klines', 'NEARUSDT', '1m', 'um/monthly/klines/NEARUSDT-1m-2026-06.csv'],
  ['spot', 'aggTrades', 'BTCUSDT', '', 'spot/daily/aggTrades/BTCUSDT-aggTrades-2026-01-01.csv'],
  ['spot', 'trades', 'BTCUSDT', '', 'spot/daily/trades/binance_spot_BTCUSDT_trades_2024-01-01_first5.csv'],
];

/** Lines of archives without their header. */
function dataLines(text: string): string[] {
  return text.split('\n').filter((line) => /^\d/.test(line));
}

function framesOfLines(lines: readonly string[], { type, symbol, interval }: ArchiveContent): string[] {
  if (type === 'aggTrades') return lines.map((line) => aggTradeFrame(line, symbol));
  if (type === 'trades') return lines.map((line) => tradeFrame(line, symbol));
  return lines.map((line) => klineFrame(line, symbol, interval ?? ''));
}

function expectSame(frames: readonly Row[], archive: readonly Row[], atLeast: number): void {
  expect(archive.length).toBeGreaterThanOrEqual(atLeast);
  expect(frames).toEqual(archive);
}

describe.skipIf(!hasData)(
  'a frame and the archive row of the same event give the same bytes (needs ../shared/data)',
  () => {
    describe('archives, each row made into a frame', () => {
      it.each(CSV_ARCHIVES)('%s %s %s %s: %s', async (market, type, symbol, interval, name) => {
        const file = path.join(DATA, 'csv', name);
        const content = contentOf({ market, type, symbol }, interval);
        const lines = dataLines(readFileSync(file, 'utf8'));
        expectSame(frameRows(framesOfLines(lines, content), market), await archiveRows(file, content), 5);
      });

      it('spot candles of 2020 to 2024, all zips: 1m, 15m, 1h, 1d, across the outage of 2023-03-24', async () => {
        let rows = 0;
        for (const zip of zipsBelow(VISION)) {
          const content = parseVisionPath(zip);
          if (content === undefined) throw new Error(zip);
          const lines = dataLines(await textOf(zip));
          expectSame(frameRows(framesOfLines(lines, content), content.market), await archiveRows(zip, content), 1);
          rows += lines.length;
        }
        expect(rows).toBe(54_341);
      }, 240_000);
    });

    describe('recorded frames, each made into a row of an archive', () => {
      it.each(RECORDINGS)('$name: trades, aggTrades, closed candles', async (recording) => {
        const { market } = recording;
        const events = eventsBySymbol(recording);
        expect(events.size).toBeGreaterThan(0);
        for (const [key, frames] of events) {
          const [type = '', symbol = ''] = key.split(' ');
          const { content, toLine } = ARCHIVED[type] ?? neverRecorded(type);
          const lines = frames.map((frame) => toLine(frame, market === 'spot'));
          expectSame(frameRows(frames, market), await rowsOfLines(lines, { market, symbol, ...content }), 1);
        }
      });

      it('the recordings hold more than 69,000 trades, 91 aggTrades and 4 closed candles', () => {
        const counts: Record<string, number> = {};
        for (const recording of RECORDINGS) {
          for (const [key, frames] of eventsBySymbol(recording)) {
            const [type = ''] = key.split(' ');
            counts[type] = (counts[type] ?? 0) + frames.length;
          }
        }
        expect(counts).toEqual({ trade: 69_808, aggTrade: 91, kline: 4 });
      });
    });

    it('spot trades with the quote quantity that the exchange states, more than 1,000', async () => {
      const rows = [...restAnswers('/api/v3/trades'), ...restAnswers('/api/v3/historicalTrades')].flatMap(listOf);
      const lines = rows.map((row) =>
        [row.id, row.price, row.qty, row.quoteQty, row.time, python(row.isBuyerMaker), python(row.isBestMatch)].join(
          ',',
        ),
      );
      const content: ArchiveContent = { market: 'spot', type: 'trades', symbol: 'ETHBTC' };
      expectSame(frameRows(framesOfLines(lines, content), 'spot'), await rowsOfLines(lines, content), 1000);
    });

    it('COIN-M trades with the base quantity that the exchange states; contracts', async () => {
      const rows = restAnswers('/dapi/v1/trades').flatMap(listOf);
      const lines = rows.map(({ id, price, qty, baseQty, time, isBuyerMaker }) =>
        [id, price, qty, baseQty, time, isBuyerMaker].join(','),
      );
      const content: ArchiveContent = { market: 'cm', type: 'trades', symbol: 'BTCUSD_PERP' };
      const header = 'id,price,qty,base_qty,time,is_buyer_maker';
      expectSame(frameRows(framesOfLines(lines, content), 'cm'), await rowsOfLines([header, ...lines], content), 11);
    });

    it('futures aggTrades and candles that REST has recorded, COIN-M among them', async () => {
      for (const [market, api, symbol] of [
        ['um', '/fapi/v1', 'LTCUSDT'],
        ['cm', '/dapi/v1', 'BTCUSD_PERP'],
      ] as const) {
        const trades = restAnswers(`${api}/aggTrades`).flatMap(listOf);
        const lines = trades.map(({ a, p, q, f, l, T, m }) => [a, p, q, f, l, T, m].join(','));
        const aggTrades: ArchiveContent = { market, type: 'aggTrades', symbol };
        expectSame(frameRows(framesOfLines(lines, aggTrades), market), await rowsOfLines(lines, aggTrades), 5);
        const bars = listOf(restAnswer(`${api}/klines`, 'interval=1d', 'startTime=1672531200000')).map((bar) =>
          String(bar),
        );
        const klines: ArchiveContent = { market, type: 'klines', symbol, interval: '1d' };
        expectSame(frameRows(framesOfLines(bars, klines), market), await rowsOfLines(bars, klines), 6);
      }
    });

    it.each(['BTCUSDT', 'ETHUSDT'])(
      'two sources agree: frames of %s and its daily candles meet at midnight',
      async (symbol) => {
        const midnight = Date.UTC(2024, 7, 9);
        const trades = RECORDINGS.filter(({ name }) => name.includes(`spot/${symbol.toLowerCase()}`)).flatMap(
          (recording) => frameRows(eventsBySymbol(recording).get(`trade ${symbol}`) ?? [], 'spot'),
        );
        const content: ArchiveContent = { market: 'spot', type: 'klines', symbol, interval: '1d' };
        const [before] = await archiveRows(kline(symbol, '1d', '2024-08-08'), content);
        const [after] = await archiveRows(kline(symbol, '1d', '2024-08-09'), content);
        const first = trades.findIndex(({ timeUs = 0 }) => timeUs >= midnight * 1000);
        expect(first).toBeGreaterThan(0);
        expect(field(trades[first - 1], 'price')).toBe(field(before, 'close'));
        expect(field(trades[first], 'price')).toBe(field(after, 'open'));
      },
    );
  },
);

/** How an archive has what a type of frame says. */
interface Archived {
  readonly content: Pick<ArchiveContent, 'type' | 'interval'>;
  toLine(frame: string, spot: boolean): string;
}

const ARCHIVED: Readonly<Record<string, Archived>> = {
  trade: { content: { type: 'trades' }, toLine: tradeLine },
  aggTrade: { content: { type: 'aggTrades' }, toLine: aggTradeLine },
  kline: { content: { type: 'klines', interval: '1m' }, toLine: klineLine },
};

function neverRecorded(type: string): never {
  throw new Error(`no archive has ${type}`);
}

/** Frames of trades, aggTrades and closed candles, by `<type> <symbol>`. */
function eventsBySymbol(recording: Recording): Map<string, string[]> {
  const events = new Map<string, string[]>();
  for (const frame of framesOf(recording)) {
    const type = /"e":"(trade|aggTrade|kline)"/.exec(frame)?.[1];
    if (type === undefined || (type === 'kline' && !frame.includes('"x":true'))) continue;
    const key = `${type} ${payloadOf(frame).s}`;
    const frames = events.get(key);
    if (frames === undefined) events.set(key, [frame]);
    else frames.push(frame);
  }
  return events;
}

function contentOf(content: Omit<ArchiveContent, 'interval'>, interval: string): ArchiveContent {
  if (interval === '1m' || interval === '1h') return { ...content, interval };
  return content;
}

async function textOf(zip: string): Promise<string> {
  const { chunks, close } = await openZip(zip);
  try {
    return await text(chunks);
  } finally {
    close();
  }
}

function listOf({ data }: { readonly data: unknown }): Record<string, unknown>[] {
  return Array.isArray(data) ? data : [];
}

/** Spot archives write booleans as Python does. */
function python(value: unknown): string {
  return value === true ? 'True' : 'False';
}

/** The text of a number in a row. */
function field(row: Row | undefined, name: string): string | undefined {
  return new RegExp(`"${name}":([\\d.]+)`).exec(row?.json ?? '')?.[1];
}
