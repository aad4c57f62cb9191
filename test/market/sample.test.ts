import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { type GenerateSampleOptions, generateSample } from '../../src/market/binance/sample/generate.ts';
import type { Market } from '../../src/model/market.ts';
import { importArchives } from '../../src/tape/import.ts';
import { tempDir } from '../support/temp-dir.ts';
import { readTopic } from '../tape/rows.ts';
import { zipsBelow } from './reference-data.ts';

const BASE = { symbols: ['BTCUSDT'], from: '2024-12-31', days: 2, tradesPerDay: 5_000 } as const;

async function make(options: Partial<GenerateSampleOptions> & { market: Market }) {
  const dir = tempDir();
  const visionDir = path.join(dir, 'vision');
  await generateSample({ ...BASE, ...options, visionDir });
  return { visionDir, tapesDir: path.join(dir, 'tape') };
}

async function imported(options: Partial<GenerateSampleOptions> & { market: Market }) {
  const { visionDir, tapesDir } = await make(options);
  const archives = zipsBelow(visionDir).map((file) => identifyArchive(file));
  const { failures } = await importArchives({ tapesDir, archives, threads: 1 });
  expect(failures).toEqual([]);
  return (topic: string) => {
    const { manifests, rows } = readTopic(tapesDir, topic, options.market);
    expect(manifests.flatMap(({ gaps, warnings }) => [...gaps, ...warnings])).toEqual([]);
    return rows.map(({ timeUs, json }) => ({ timeUs, data: JSON.parse(json) }));
  };
}

describe('sample archives', () => {
  it('are the same bytes for the same seed, whatever other days are made, and others for another seed', async () => {
    const market = 'spot';
    const contents = async (options: Partial<GenerateSampleOptions>) => {
      const { visionDir } = await make({ market, ...options });
      return new Map(zipsBelow(visionDir).map((file) => [path.basename(file), readFileSync(file).toString('base64')]));
    };
    const first = await contents({});
    expect(first.size).toBe(6);
    expect(await contents({})).toEqual(first);
    const later = await contents({ from: '2025-01-01', days: 1 });
    for (const [name, bytes] of later) expect(bytes).toBe(first.get(name));
    for (const [name, bytes] of await contents({ seed: 2 })) expect(bytes).not.toBe(first.get(name));
  });

  it.each(['spot', 'um', 'cm'] as const)('of %s agree with each other', async (market) => {
    const rows = await imported({ market, intervals: ['1m', '1h', '1d'] });
    const trades = rows('trades.BTCUSDT');
    const aggs = rows('aggTrades.BTCUSDT');
    expect(trades).toHaveLength(10_000);
    for (const [i, { data }] of trades.entries()) expect(data.id).toBe(trades[0]?.data.id + i);
    let next = 0;
    for (const [i, { data, timeUs }] of aggs.entries()) {
      expect(data.agg_trade_id).toBe(aggs[0]?.data.agg_trade_id + i);
      const fills = trades.slice(next, next + data.last_trade_id - data.first_trade_id + 1);
      expect(fills[0]?.data.id).toBe(data.first_trade_id);
      expect(fills.every((fill) => fill.timeUs === timeUs && fill.data.price === data.price)).toBe(true);
      expect(fills.reduce((sum, fill) => sum + fill.data.qty, 0)).toBeCloseTo(data.quantity, 6);
      next += fills.length;
    }
    expect(next).toBe(trades.length);
    for (const interval of ['1m', '1h', '1d']) {
      const bars = rows(`klines.BTCUSDT.${interval}`);
      const volume = bars.reduce((sum, { data }) => sum + data.volume, 0);
      expect(bars.reduce((sum, { data }) => sum + data.count, 0)).toBe(trades.length);
      expect(volume).toBeCloseTo(
        trades.reduce((sum, { data }) => sum + data.qty, 0),
        4,
      );
    }
    const hours = rows('klines.BTCUSDT.1h');
    for (const { data } of hours) {
      const inside = trades.filter((trade) => trade.data.time >= data.open_time && trade.data.time <= data.close_time);
      const prices = inside.map((trade) => trade.data.price);
      expect([data.open, data.high, data.low, data.close]).toEqual([
        prices[0],
        Math.max(...prices),
        Math.min(...prices),
        prices.at(-1),
      ]);
    }
  });

  it('of spot are in milliseconds until 2024 and in microseconds from 2025, with many rows at one time', async () => {
    const trades = (await imported({ market: 'spot' }))('trades.BTCUSDT');
    const border = Date.UTC(2025, 0, 1) * 1000;
    const old = trades.filter(({ timeUs }) => timeUs < border);
    expect(old).toHaveLength(5_000);
    expect(old.every(({ timeUs }) => timeUs % 1000 === 0)).toBe(true);
    expect(trades.some(({ timeUs }) => timeUs >= border && timeUs % 1000 !== 0)).toBe(true);
    expect(new Set(trades.map(({ timeUs }) => timeUs)).size).toBeLessThan(trades.length * 0.6);
  });

  it('of futures have bands and metrics all day', async () => {
    const rows = await imported({ market: 'um', types: ['bookDepth', 'metrics'] });
    const bands = rows('bookDepth.BTCUSDT');
    expect(bands).toHaveLength(2 * 2880 * 12);
    const depths = bands.slice(0, 12).map(({ data }) => data.depth);
    expect(depths.slice(0, 6)).toEqual(depths.slice(0, 6).toSorted((a, b) => b - a));
    expect(depths.slice(6)).toEqual(depths.slice(6).toSorted((a, b) => a - b));
    expect(rows('metrics.BTCUSDT')).toHaveLength(2 * 288);
  });

  it('of long candles are monthly archives that add up the days', async () => {
    const rows = await imported({
      market: 'spot',
      types: ['klines'],
      intervals: ['3d', '1w', '1mo'],
      tradesPerDay: 100,
    });
    const months = rows('klines.BTCUSDT.1mo').map(({ data }) => [new Date(data.open_time).toISOString(), data.count]);
    expect(months).toEqual([
      ['2024-12-01T00:00:00.000Z', 3_100],
      ['2025-01-01T00:00:00.000Z', 3_100],
    ]);
    const weeks = rows('klines.BTCUSDT.1w').map(({ data }) => new Date(data.open_time).getUTCDay());
    expect(weeks).toEqual(Array(9).fill(1));
    expect(rows('klines.BTCUSDT.3d').every(({ data }) => data.count === 300)).toBe(true);
  });

  it('are refused for what a market does not have', async () => {
    await expect(make({ market: 'spot', types: ['metrics'] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(make({ market: 'spot', from: '2024-13-01' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
