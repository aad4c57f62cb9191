import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/market/binance/sample/write-archive.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { attach, expectedLines, received, runToEnd, sample, spec } from '../support/session-run.ts';

/** A day in ms: the archives of later ones are in µs. */
const OLD_DAY = '2024-03-01';
const AT = Date.parse(`${OLD_DAY}T12:00:00Z`);
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

describe('the order of the rows', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
  });
  afterAll(() => aegis?.close());

  it('within one millisecond: trades before aggTrades, BTC before ETH, each as in its source', async () => {
    for (const symbol of SYMBOLS) {
      // Ids go down: an order by id would be seen.
      const trades = Array.from({ length: 60 }, (_, n) => `${900 - n},1.5,0.10,0.15,${AT},True,True`);
      const aggTrades = Array.from({ length: 40 }, (_, n) => `${700 - n},1.5,0.10,${n},${n},${AT},False,True`);
      const ref = { market: 'spot', symbol, period: OLD_DAY } as const;
      await writeArchive(aegis.vision, { ...ref, type: 'trades' }, trades);
      await writeArchive(aegis.vision, { ...ref, type: 'aggTrades' }, aggTrades);
    }
    const from = Date.parse(`${OLD_DAY}T00:00:00Z`);
    const range = { from, to: from + 86_400_000 };
    const session = await aegis.create(spec(range));
    // Declared the other way round: the order of a declaration is not that of the stream.
    const declared = { symbols: SYMBOLS.toReversed(), streams: ['aggTrades', 'trades'] };
    const component = await attach(aegis, session, { style: 'waits', ...declared });
    const { id } = await runToEnd(session);
    const expected = expectedLines(aegis, id, declared, range);
    const lines = await received(component, expected);
    expect(firstDifference(lines, expected)).toBeUndefined();
    const keys = lines.map((line) => /"topic":"aegis\.[^.]+\.(\w+\.\w+)".*?"(?:id|agg_trade_id)":(\d+)/.exec(line));
    const down = (topic: string, first: number, rows: number) =>
      Array.from({ length: rows }, (_, n) => [topic, String(first - n)]);
    expect(keys.map((key) => key?.slice(1))).toEqual([
      ...down('trades.BTCUSDT', 900, 60),
      ...down('trades.ETHUSDT', 900, 60),
      ...down('aggTrades.BTCUSDT', 700, 40),
      ...down('aggTrades.ETHUSDT', 700, 40),
    ]);
  });

  it('is that of the whole for components that declare different parts of it', async () => {
    await sample(aegis, { symbols: SYMBOLS, trades: 3_000 });
    const session = await aegis.create(spec());
    const parts = [
      { style: 'waits', name: 'all', symbols: SYMBOLS, streams: ['klines', 'trades', 'aggTrades'], timeframes: ['1m'] },
      { style: 'waits', name: 'eth', symbols: ['ETHUSDT'], streams: ['trades'] },
      { style: 'pipelined', name: 'candles', symbols: SYMBOLS, streams: ['klines'], timeframes: ['1m'] },
      {
        style: 'fresh_decoder',
        name: 'mixed',
        symbols: ['BTCUSDT'],
        streams: ['klines', 'aggTrades'],
        timeframes: ['1m'],
      },
    ];
    const attached = [];
    for (const part of parts) attached.push({ part, component: await attach(aegis, session, part) });
    const { id, summary } = await runToEnd(session);
    for (const { part, component } of attached) {
      const all = expectedLines(aegis, id, part);
      expect(firstDifference(await received(component, all), all)).toBeUndefined();
      expect(summary?.components[component.id]?.rows).toBe(all.length);
    }
  });
});
