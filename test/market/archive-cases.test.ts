import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReplacements } from '../../src/market/binance/archive/replacements.ts';
import { openZip } from '../../src/market/binance/archive/zip.ts';
import { listTapes } from '../../src/tape/catalog.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne, readTopic } from '../tape/rows.ts';
import { DATA, hasData, kline, VISION, zipsBelow } from './reference-data.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const data = (row: { json: string } | undefined) => JSON.parse(row?.json ?? 'null');

/** Numbers are those of the table "cases to test" in the notes on Binance. */
describe.skipIf(!hasData)('archives of Binance (needs ../shared/data)', () => {
  it('case 1 - a zip with an official checksum is imported; a flipped byte or a foreign name is refused', async () => {
    const dir = tempDir();
    for (const day of ['2020-01-01', '2020-01-02', '2020-01-03']) {
      await importOne(dir, kline('BTCUSDT', '1m', day));
    }
    const { manifests, rows } = readTopic(dir, 'klines.BTCUSDT.1m');
    expect(manifests.map((manifest) => manifest.rows)).toEqual([1440, 1440, 1440]);
    expect(manifests.flatMap((manifest) => [...manifest.gaps, ...manifest.warnings])).toEqual([]);
    expect(rows).toHaveLength(4320);

    const hints = { market: 'spot', type: 'klines' } as const;
    const source = kline('BTCUSDT', '1m', '2020-01-01');
    const copy = path.join(dir, path.basename(source));
    const bytes = readFileSync(source);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(copy, bytes);
    copyFileSync(`${source}.CHECKSUM`, `${copy}.CHECKSUM`);
    const before = listTapes(dir);
    await expect(importOne(dir, copy, hints)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH', where: copy });
    copyFileSync(source, copy);
    copyFileSync(`${kline('BTCUSDT', '1m', '2020-01-02')}.CHECKSUM`, `${copy}.CHECKSUM`);
    await expect(importOne(dir, copy, hints)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(listTapes(dir)).toEqual(before);
  });

  it('cases 2 and 19 - every archive is imported with its checksum, and every row is there', async () => {
    const dir = tempDir();
    const zips = zipsBelow(VISION);
    expect(zips.length).toBeGreaterThan(100);
    for (const zip of zips) await importOne(dir, zip);
    expect(listTapes(dir)).toHaveLength(zips.length);
    const from = at('2024-01-01T00:00:00');
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'ARBUSDT']) {
      const rows = readTopic(dir, `klines.${symbol}.1m`).rows.filter(
        ({ timeUs }) => timeUs >= from * 1000 && timeUs < at('2024-01-06T00:00:00') * 1000,
      );
      expect(rows.map(({ timeUs }) => timeUs / 1000)).toEqual(
        Array.from({ length: 7200 }, (_, i) => from + (i + 1) * MINUTE - 1),
      );
    }
  }, 240_000);

  it('case 3 - both lists of replaced archives are read, names made equal', async () => {
    const bare = await readReplacements(path.join(DATA, 'vision-updates/2022-10-04_aggregate_trade_updates.csv'));
    expect(bare).toHaveLength(132);
    expect(bare.every(({ name }) => name.endsWith('.zip') && !name.endsWith('.zip.zip'))).toBe(true);
    const full = await readReplacements(path.join(DATA, 'vision-updates/2022-04-21_aggregate_trade_updates.zip'));
    expect(full).toHaveLength(360);
    expect(full.every(({ path: file }) => file?.includes('/aggTrades/'))).toBe(true);
    expect([...bare, ...full].every(({ oldSha256, newSha256 }) => oldSha256 !== newSha256)).toBe(true);
  });

  it('case 4 - junk entries of a zip are skipped', async () => {
    const zip = await openZip(path.join(DATA, 'vision-updates/2022-04-21_aggregate_trade_updates.zip'));
    expect(zip.name).toBe('2022-04-21_aggregate_trade_updates.csv');
    zip.close();
  });

  it('case 5 - milliseconds until 2024, microseconds from 2025: one series without a hole', async () => {
    const dir = tempDir();
    const hints = { market: 'spot', type: 'klines' } as const;
    for (const month of ['2024-12', '2025-01']) {
      await importOne(dir, path.join(DATA, `csv/spot/monthly/klines/BTCUSDT-1h-${month}.csv`), hints);
    }
    const { manifests, rows } = readTopic(dir, 'klines.BTCUSDT.1h');
    expect(manifests).toHaveLength(62);
    expect(manifests.flatMap((manifest) => manifest.gaps)).toEqual([]);
    const start = at('2024-12-01T00:00:00');
    expect(rows.map((row) => data(row).open_time)).toEqual(
      Array.from({ length: 744 + 744 }, (_, hour) => start + hour * 60 * MINUTE),
    );
    expect(rows[743]?.timeUs).toBe(1_735_689_599_999_000);
    expect(rows[744]?.timeUs).toBe(1_735_693_199_999_999);
    expect(data(rows[744])).toMatchObject({ open_time: 1735689600000, close_time: 1735693199999, open: 93576 });
  });

  it('case 6 - aggTrades in microseconds: ids chain, the full time is kept for the order', async () => {
    const dir = tempDir();
    const file = path.join(DATA, 'csv/spot/daily/aggTrades/BTCUSDT-aggTrades-2026-01-01.csv');
    await importOne(dir, file, { market: 'spot', type: 'aggTrades' });
    const { rows } = readTopic(dir, 'aggTrades.BTCUSDT');
    const source = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows).toHaveLength(5000);
    expect(rows.map(({ timeUs }) => String(timeUs))).toEqual(source.map((fields) => fields[5]));
    const trades = rows.map(data);
    expect(trades.map((trade) => trade.is_buyer_maker)).toEqual(source.map((fields) => fields[6] === 'True'));
    for (let i = 1; i < trades.length; i++) {
      expect(trades[i].agg_trade_id).toBe(trades[i - 1].agg_trade_id + 1);
      expect(trades[i].first_trade_id).toBe(trades[i - 1].last_trade_id + 1);
    }
  });

  it('case 7 - the first trade of a day has the price at which its first candle opens', async () => {
    const dir = tempDir();
    const file = 'csv/spot/daily/trades/binance_spot_BTCUSDT_trades_2024-01-01_first5.csv';
    await importOne(dir, path.join(DATA, file), { market: 'spot', type: 'trades', symbol: 'BTCUSDT' });
    await importOne(dir, kline('BTCUSDT', '1m', '2024-01-01'));
    const trades = readTopic(dir, 'trades.BTCUSDT').rows;
    expect(trades).toHaveLength(5);
    expect(data(trades[0]).price).toBe(42283.58);
    expect(data(readTopic(dir, 'klines.BTCUSDT.1m').rows[0]).open).toBe(42283.58);
  });

  it('case 8 - futures with a header: skipped, continuous over midnight', async () => {
    const dir = tempDir();
    const hints = { market: 'um', type: 'klines' } as const;
    for (const day of ['2025-09-03', '2025-09-04']) {
      await importOne(dir, path.join(DATA, `csv/um/daily/klines/BTCUSDT-1m-${day}.csv`), hints);
    }
    const { manifests, rows } = readTopic(dir, 'klines.BTCUSDT.1m', 'um');
    expect(manifests.map((manifest) => [manifest.rows, manifest.gaps])).toEqual([
      [1440, []],
      [1440, []],
    ]);
    expect(data(rows[1440]).open_time - data(rows[1439]).open_time).toBe(MINUTE);
  });

  it('cases 9 and 10 - futures without a header, and the same rows with one, give the same rows', async () => {
    const dir = tempDir();
    const hints = { market: 'um', type: 'klines' } as const;
    for (const day of ['2022-05-05', '2022-05-06']) {
      await importOne(dir, path.join(DATA, `csv/um/daily/klines/headerless/BTCUSDT-1m-${day}.csv`), hints);
    }
    const { manifests, rows } = readTopic(dir, 'klines.BTCUSDT.1m', 'um');
    expect(manifests.map((manifest) => manifest.rows)).toEqual([1440, 1440]);
    const other = tempDir();
    await importOne(other, path.join(DATA, 'csv/damaged/BTCUSDT-1m-2022-05-06.csv'), hints);
    expect(readTopic(other, 'klines.BTCUSDT.1m', 'um').rows).toEqual(rows.slice(1440, 1450));
  });

  it('case 11 - times that a spreadsheet has rounded are refused with file, line and column', async () => {
    const dir = tempDir();
    const file = path.join(DATA, 'csv/damaged/BTCUSDT-1h-2023-11-18.csv');
    await expect(importOne(dir, file, { market: 'spot', type: 'klines' })).rejects.toMatchObject({
      code: 'ROW_INVALID',
      where: `${file}:2:open_time`,
      message: expect.stringContaining('1.70027E+12'),
    });
    expect(listTapes(dir)).toEqual([]);
  });

  it('case 12 - the outage of 2023-03-24: zero-trade bars are data, absent bars a gap, early closes kept', async () => {
    const dir = tempDir();
    const day = '2023-03-24';
    const gap = { kind: 'absent', to: at(`${day}T14:00:00`) };
    const expected = {
      '1m': { rows: 1360, gaps: [{ ...gap, from: at(`${day}T12:40:00`) }] },
      '15m': { rows: 91, gaps: [{ ...gap, from: at(`${day}T12:45:00`) }] },
      '1h': { rows: 23, gaps: [{ ...gap, from: at(`${day}T13:00:00`) }] },
    };
    const closes = { BTCUSDT: '41.646', ETHUSDT: '43.061', SOLUSDT: '46.948', ARBUSDT: '40.668' };
    for (const [symbol, close] of Object.entries(closes)) {
      for (const [interval, { rows, gaps }] of Object.entries(expected)) {
        if (symbol === 'ARBUSDT' && interval !== '1m') continue;
        await importOne(dir, kline(symbol, interval, day));
        const topic = readTopic(dir, `klines.${symbol}.${interval}`);
        expect(topic.manifests).toMatchObject([{ rows, gaps, warnings: [expect.stringContaining('closes early')] }]);
        expect(topic.rows.some(({ timeUs }) => timeUs === at(`${day}T12:39:${close}`) * 1000)).toBe(true);
      }
      const minutes = readTopic(dir, `klines.${symbol}.1m`).rows.map(data);
      const frozen = minutes.filter(
        (bar) => bar.open_time >= at(`${day}T11:28:00`) && bar.open_time <= at(`${day}T12:39:00`),
      );
      expect(frozen).toHaveLength(72);
      expect(frozen.every((bar) => bar.count === 0 && bar.volume === 0 && bar.open === bar.close)).toBe(true);
    }
  });

  it('case 14 - the days around the outage are complete', async () => {
    const dir = tempDir();
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'ARBUSDT']) {
      for (const day of ['2023-03-23', '2023-03-25']) {
        if (symbol === 'ARBUSDT' && day === '2023-03-23') continue;
        await importOne(dir, kline(symbol, '1m', day));
      }
      const { manifests } = readTopic(dir, `klines.${symbol}.1m`);
      expect(manifests.flatMap((manifest) => [...manifest.gaps, ...manifest.warnings])).toEqual([]);
      expect(manifests.every((manifest) => manifest.rows === 1440)).toBe(true);
    }
  });

  it('case 15 - one absent minute is a gap of exactly that minute', async () => {
    const dir = tempDir();
    await importOne(dir, kline('SOLUSDT', '1m', '2023-02-14'));
    const from = at('2023-02-14T16:39:00');
    expect(readTopic(dir, 'klines.SOLUSDT.1m').manifests).toMatchObject([
      { rows: 1439, gaps: [{ from, to: from + MINUTE, kind: 'absent' }] },
    ]);
  });

  it('case 16 - on the day of its listing a symbol has no gap before its first row', async () => {
    const dir = tempDir();
    await importOne(dir, kline('ARBUSDT', '1m', '2023-03-23'));
    expect(readTopic(dir, 'klines.ARBUSDT.1m').manifests).toMatchObject([
      { rows: 540, gaps: [], lateStart: at('2023-03-23T15:00:00') },
    ]);
  });

  it('case 17 - an archive written before its day ended is partial although its checksum verifies', async () => {
    const dir = tempDir();
    const to = at('2023-07-28T00:00:00');
    await importOne(dir, kline('ARBUSDT', '1m', '2023-07-27'));
    expect(readTopic(dir, 'klines.ARBUSDT.1m').manifests).toMatchObject([
      { rows: 230, gaps: [{ from: at('2023-07-27T03:50:00'), to, kind: 'partial' }] },
    ]);
    await importOne(dir, kline('ARBUSDT', '1h', '2023-07-27'));
    const hours = readTopic(dir, 'klines.ARBUSDT.1h');
    expect(hours.manifests).toMatchObject([
      { rows: 3, gaps: [{ from: at('2023-07-27T03:00:00'), to, kind: 'partial' }] },
    ]);
    expect(hours.rows.map((row) => new Date(data(row).open_time).getUTCHours())).toEqual([0, 1, 2]);
  });

  it('case 21 - a month of minutes: 43,200 bars in 30 tapes, integer volumes, no gap', async () => {
    const dir = tempDir();
    for (const symbol of ['AVAXUSDT', 'NEARUSDT']) {
      const file = path.join(DATA, `csv/um/monthly/klines/${symbol}-1m-2026-06.csv`);
      const { rows } = await importOne(dir, file, { market: 'um', type: 'klines' });
      expect(rows).toBe(43_200);
      const { manifests } = readTopic(dir, `klines.${symbol}.1m`, 'um');
      expect(manifests.map((manifest) => manifest.rows)).toEqual(Array(30).fill(1440));
      expect(manifests.flatMap((manifest) => manifest.gaps)).toEqual([]);
    }
    const [first] = readTopic(dir, 'klines.AVAXUSDT.1m', 'um').rows;
    expect(first?.json).toBe(
      '{"open_time":1780272000000,"close_time":1780272059999,"count":397,"open":8.981,"high":8.982,"low":8.971,"close":8.974,"volume":17315,"quote_volume":155466.864,"taker_buy_volume":7701,"taker_buy_quote_volume":69159.009}',
    );
  });

  it('case 22 - order book bands: text time, 12 bands a set, cumulative on each side', async () => {
    const dir = tempDir();
    const file = path.join(DATA, 'csv/um/daily/bookDepth/BTCUSDT-bookDepth-2026-06-24.head120.csv');
    await importOne(dir, file, { market: 'um', type: 'bookDepth', symbol: 'BTCUSDT' });
    const rows = readTopic(dir, 'bookDepth.BTCUSDT', 'um').rows.map(data);
    expect(rows).toHaveLength(120);
    const sets = Array.from({ length: 10 }, (_, i) => rows.slice(i * 12, i * 12 + 12));
    for (const set of sets) {
      expect(new Set(set.map((row) => row.timestamp)).size).toBe(1);
      expect(set.map((row) => row.percentage)).toEqual([-5, -4, -3, -2, -1, -0.2, 0.2, 1, 2, 3, 4, 5]);
      const depths = set.map((row) => row.depth);
      expect(depths.slice(0, 6)).toEqual(depths.slice(0, 6).toSorted((a, b) => b - a));
      expect(depths.slice(6)).toEqual(depths.slice(6).toSorted((a, b) => a - b));
    }
    const times = sets.map((set) => set[0].timestamp);
    const steps = times.slice(1).map((time, i) => (time - times[i]) / 1000);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(27);
    expect(Math.max(...steps)).toBeLessThanOrEqual(31);
  });
});
