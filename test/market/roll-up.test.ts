import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from '../../src/market/binance/archive/csv.ts';
import { openZip } from '../../src/market/binance/archive/zip.ts';
import { planTapes } from '../../src/tape/plan.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne, readTopic, type StoredRow } from '../tape/rows.ts';
import { minuteLines, writeCsv } from './csv-file.ts';
import { hasData, K, kline, zipsBelow } from './reference-data.ts';

type Bar = Readonly<Record<string, string>>;

/** The fields of a row as text, so that no digit is lost. */
function fieldsOf({ json }: StoredRow): Bar {
  return Object.fromEntries(
    json
      .slice(1, -1)
      .split(',')
      .map((pair) => pair.replaceAll('"', '').split(':')),
  );
}

/** Canonical text as an integer of 10^-8; exact. */
function units(text = ''): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(8, '0'));
}

const SUMS = ['volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume'];

/** The bar that minutes make, as units; independent of the code under test. */
function rollUp(minutes: readonly Bar[]): Record<string, string | bigint | undefined> {
  const all = (field: string) => minutes.map((bar) => units(bar[field]));
  const extreme = (values: bigint[], better: (a: bigint, b: bigint) => boolean) =>
    values.reduce((best, value) => (better(value, best) ? value : best));
  return {
    open: units(minutes[0]?.open),
    high: extreme(all('high'), (a, b) => a > b),
    low: extreme(all('low'), (a, b) => a < b),
    close: units(minutes.at(-1)?.close),
    close_time: minutes.at(-1)?.close_time,
    count: String(minutes.reduce((sum, bar) => sum + Number(bar.count), 0)),
    ...Object.fromEntries(SUMS.map((field) => [field, all(field).reduce((sum, value) => sum + value, 0n)])),
  };
}

function asUnits(bar: Bar): Record<string, string | bigint | undefined> {
  const decimals = ['open', 'high', 'low', 'close', ...SUMS];
  return {
    ...Object.fromEntries(decimals.map((field) => [field, units(bar[field])])),
    close_time: bar.close_time,
    count: bar.count,
  };
}

const LENGTHS = { '15m': 15, '1h': 60, '1d': 1440 };

describe.skipIf(!hasData)('candles of Binance (needs ../shared/data)', () => {
  let bars = 0;
  let cases = 0;

  it('case 18 - minutes add up to the longer candles of the same day, to the last digit', async () => {
    for (const zip of zipsBelow(K).filter((file) => file.includes('/1m/'))) {
      const [, symbol = '', day = ''] = /([A-Z]+)-1m-(.{10})\.zip$/.exec(zip) ?? [];
      for (const [interval, length] of Object.entries(LENGTHS)) {
        const longer = kline(symbol, interval, day);
        if (!existsSync(longer)) continue;
        const dir = tempDir();
        await importOne(dir, zip);
        await importOne(dir, longer);
        const minutes = Map.groupBy(readTopic(dir, `klines.${symbol}.1m`).rows.map(fieldsOf), (bar) =>
          Math.floor(Number(bar.open_time) / (length * 60_000)),
        );
        for (const bar of readTopic(dir, `klines.${symbol}.${interval}`).rows.map(fieldsOf)) {
          const parts = minutes.get(Number(bar.open_time) / (length * 60_000)) ?? [];
          expect(asUnits(bar), `${longer} ${bar.open_time}`).toEqual(rollUp(parts));
          bars++;
        }
        cases++;
      }
    }
    expect({ cases, bars }).toEqual({ cases: 82, bars: 3488 });
  }, 180_000);

  it('case 13 - the daily bar over the outage is the roll-up of the minutes there are', async () => {
    const dir = tempDir();
    await importOne(dir, kline('ETHUSDT', '1m', '2023-03-24'));
    await importOne(dir, kline('ETHUSDT', '1d', '2023-03-24'));
    const [day] = readTopic(dir, 'klines.ETHUSDT.1d').rows.map(fieldsOf);
    const minutes = readTopic(dir, 'klines.ETHUSDT.1m').rows.map(fieldsOf);
    expect(minutes).toHaveLength(1360);
    expect(asUnits(day ?? {})).toEqual(rollUp(minutes));
  });
});

describe.skipIf(!hasData)('every number of an archive (needs ../shared/data)', () => {
  const plain = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);
  let zips: string[] = [];
  beforeAll(() => {
    zips = zipsBelow(K);
  });

  it('is in the tape as the archive has it, without trailing zeros', async () => {
    expect(zips.length).toBeGreaterThan(100);
    for (const file of zips) {
      const dir = tempDir();
      const [manifest] = (await importOne(dir, file)).written;
      const rows = readTopic(dir, `klines.${manifest?.symbol}.${manifest?.interval}`).rows;
      const zip = await openZip(file);
      let row = 0;
      for await (const part of readCsv(zip.chunks)) {
        for (const f of part.rows) {
          const [open, high, low, close, volume] = f.slice(1, 6).map(plain);
          const [quote, , takerBase, takerQuote] = f.slice(7, 11).map(plain);
          expect(rows[row++]?.json).toBe(
            `{"open_time":${f[0]},"close_time":${f[6]},"count":${f[8]},"open":${open},"high":${high},"low":${low},"close":${close},"volume":${volume},"quote_volume":${quote},"taker_buy_volume":${takerBase},"taker_buy_quote_volume":${takerQuote}}`,
          );
        }
      }
      zip.close();
      expect(row).toBe(rows.length);
    }
  }, 180_000);
});

describe.skipIf(!hasData)('symbols that are not there all day (needs ../shared/data)', () => {
  it('case 20 - one listed late and one that ends early lose no row, and the early end is told', async () => {
    const dir = tempDir();
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'ARBUSDT'])
      await importOne(dir, kline(symbol, '1m', '2023-03-23'));
    const start = Date.UTC(2023, 2, 23);
    const cut = minuteLines(600, (start - Date.UTC(2024, 0, 1)) / 60_000).join('\n');
    await importOne(dir, writeCsv(dir, cut, 'XRPUSDT-1m-2023-03-23.csv'), { market: 'spot', type: 'klines' });
    const topics = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'ARBUSDT', 'XRPUSDT'].map((symbol) => `klines.${symbol}.1m`);
    const plan = planTapes({ tapesDir: dir, market: 'spot', topics, from: start, to: start + 86_400_000 });
    expect(plan.missing).toEqual([]);
    expect(Object.fromEntries(plan.topics.map(({ topic, tapes }) => [topic, tapes[0]?.rows]))).toEqual({
      'klines.ARBUSDT.1m': 540,
      'klines.BTCUSDT.1m': 1440,
      'klines.ETHUSDT.1m': 1440,
      'klines.SOLUSDT.1m': 1440,
      'klines.XRPUSDT.1m': 600,
    });
    expect(plan.gaps).toEqual([
      { topic: 'klines.XRPUSDT.1m', from: start + 600 * 60_000, to: start + 86_400_000, kind: 'absent' },
    ]);
  });
});
