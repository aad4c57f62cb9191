import { describe, expect, it } from 'vitest';
import { backfill, type Lacking, type PagedBackfill } from '../../../src/market/binance/rest/backfill.ts';
import { MarketRest } from '../../../src/market/binance/rest/market-rest.ts';
import type { MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import { DAY_MS, type Market } from '../../../src/model/market.ts';
import { hasData } from '../reference-data.ts';
import { restAnswer } from '../stream/recorded.ts';
import { FakeClock, type RestAnswer, type RestQuestion, type RestServer, serveRest } from './rest-server.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 6, 1, 12);

interface Filled {
  readonly pages: readonly number[];
  readonly events: readonly MarketEvent[];
  readonly lacking: Lacking | undefined;
}

async function fill(server: RestServer, market: Market, request: PagedBackfill): Promise<Filled> {
  const rest = new MarketRest({ market, endpoints: { rest: server.url }, ...new FakeClock(NOW) });
  const pages: number[] = [];
  const events: MarketEvent[] = [];
  const filling = backfill(rest, request, new AbortController().signal);
  for (let step = await filling.next(); ; step = await filling.next()) {
    if (step.done) return { pages, events, lacking: step.value };
    pages.push(step.value.length);
    events.push(...step.value);
  }
}

function idsOf(events: readonly MarketEvent[]): number[] {
  return events.map((event) => (event.type === 'aggTrade' ? event.record.aggTradeId : -1));
}

function opensOf(events: readonly MarketEvent[]): number[] {
  return events.map((event) => (event.type === 'kline' ? event.record.openTime : -1));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function aggTrade(id: number): object {
  return { a: id, p: '1.50', q: '2.0', f: id, l: id, T: 1767225600039, m: false };
}

/** Answers as the exchange does: `rows` with an id from `fromId` on, at most `most`. */
function byId(ids: readonly number[], most: number): (question: RestQuestion) => RestAnswer {
  return ({ query }) => ({
    body: ids
      .filter((id) => id >= Number(query.fromId))
      .slice(0, most)
      .map(aggTrade),
  });
}

const REQUEST = { type: 'aggTrades', symbol: 'BTCUSDT', fromId: 101, toId: 125 } as const;

describe('backfill by ids', () => {
  it('joins pages by id: every id once, in order, none beyond the last one that is wanted', async () => {
    const server = await serveRest(byId(range(1, 500), 10));
    const { pages, events, lacking } = await fill(server, 'spot', REQUEST);
    expect(idsOf(events)).toEqual(range(101, 125));
    expect([pages, lacking]).toEqual([[10, 10, 5], undefined]);
    expect(server.questions.map(({ query }) => query.fromId)).toEqual(['101', '111', '121']);
  });

  it('ends at an empty page, and says what is lacking', async () => {
    const server = await serveRest(byId(range(1, 113), 10));
    const { events, lacking } = await fill(server, 'um', REQUEST);
    expect(idsOf(events)).toEqual(range(101, 113));
    expect(lacking).toEqual({ from: 114, to: 125 });
    expect(server.questions).toHaveLength(3);
  });

  it('ends after one page where that is enough', async () => {
    const server = await serveRest(byId(range(1, 500), 10));
    const { events, lacking } = await fill(server, 'spot', { ...REQUEST, onePage: true });
    expect(idsOf(events)).toEqual(range(101, 110));
    expect(lacking).toEqual({ from: 111, to: 125 });
    expect(server.questions).toHaveLength(1);
  });

  it('passes over ids that the exchange leaves out between others: the series sees them', async () => {
    const server = await serveRest(byId([101, 102, 110, 124, 130], 2));
    const { events, lacking } = await fill(server, 'um', REQUEST);
    expect(idsOf(events)).toEqual([101, 102, 110, 124]);
    expect(lacking).toBeUndefined();
  });

  it('a server that always answers the same is not asked for ever', async () => {
    const server = await serveRest(() => ({ body: range(95, 110).map(aggTrade) }));
    const { events, lacking } = await fill(server, 'spot', REQUEST);
    expect(idsOf(events)).toEqual(range(101, 110));
    expect(lacking).toEqual({ from: 111, to: 125 });
    expect(server.questions).toHaveLength(2);
  });

  it('ids that come again, or in wrong order, are left out', async () => {
    const server = await serveRest(({ before }) => ({
      body: before > 0 ? [] : [101, 101, 103, 102, 125].map(aggTrade),
    }));
    expect(idsOf((await fill(server, 'spot', REQUEST)).events)).toEqual([101, 103, 125]);
  });

  it('futures trades without a key: what the last 1,000 hold of it', async () => {
    const row = { price: '2.50', qty: '0.10', time: 1767225600039, isBuyerMaker: true };
    const server = await serveRest(() => ({ body: range(110, 140).map((id) => ({ ...row, id })) }));
    const { events, lacking } = await fill(server, 'um', { ...REQUEST, type: 'trades' });
    expect(events.map((event) => event.type === 'trade' && event.record.id)).toEqual(range(110, 125));
    expect(lacking).toBeUndefined();
  });

  it('a window that the exchange does not open any more is told', async () => {
    const msg = 'Search window is restricted to recent 2 days only.';
    const server = await serveRest(() => ({ status: 400, body: { code: -4166, msg } }));
    await expect(fill(server, 'um', REQUEST)).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      message: expect.stringContaining(msg),
    });
  });
});

/** Answers as the exchange does: bars that open in the span asked for, oldest first; it is NOW. */
function byTime(rows: readonly (readonly unknown[])[], most = 1000): (question: RestQuestion) => RestAnswer {
  return ({ path, query: { startTime, endTime, limit } }) => ({
    body: path.endsWith('/time')
      ? { serverTime: NOW }
      : rows
          .filter(([open]) => Number(open) >= Number(startTime) && Number(open) <= Number(endTime))
          .slice(0, Math.min(most, Number(limit))),
  });
}

function klineQuestions({ questions }: RestServer): RestQuestion[] {
  return questions.filter(({ path }) => path.endsWith('/klines'));
}

function bars(opens: readonly number[], length: number): unknown[][] {
  return opens.map((open) => [open, '1', '2', '0.5', '1', '9', open + length - 1, '9', 3, '4', '5', '0']);
}

describe('backfill of candles', () => {
  const hours = { type: 'klines', symbol: 'BTCUSDT', interval: '1h' } as const;

  it('asks again after a full page, and for no more rows than there can be', async () => {
    const all = range(0, 1199).map((i) => NOW - 1300 * HOUR + i * HOUR);
    const server = await serveRest(byTime(bars(all, HOUR)));
    const opens = all.slice(0, -1);
    const [from = 0, to = 0] = [opens[0], opens.at(-1)];
    const { pages, events, lacking } = await fill(server, 'spot', { ...hours, from, to });
    expect(opensOf(events)).toEqual(opens);
    expect([pages, lacking]).toEqual([[999, 200], undefined]);
    expect(klineQuestions(server).map(({ query }) => query.limit)).toEqual(['1000', '202']);
  });

  it('a bar that has not ended yet is no row', async () => {
    const opens = [NOW - 2 * HOUR, NOW - HOUR, NOW];
    const server = await serveRest(byTime(bars(opens, HOUR)));
    const { events, lacking } = await fill(server, 'um', { ...hours, from: opens[0] ?? 0, to: NOW });
    expect(opensOf(events)).toEqual(opens.slice(0, 2));
    expect(lacking).toEqual({ from: NOW, to: NOW });
  });

  it('the last bar before a market went down is there', async () => {
    const opens = [NOW - 20 * HOUR, NOW - 19 * HOUR];
    const server = await serveRest(byTime(bars([...opens, NOW - 10 * HOUR], HOUR)));
    const { events, lacking } = await fill(server, 'um', { ...hours, from: opens[0] ?? 0, to: opens[1] ?? 0 });
    expect([opensOf(events), lacking]).toEqual([opens, undefined]);
  });

  it('COIN-M, whose windows are at most 200 days: goes on behind one without trades', async () => {
    const day = NOW - (NOW % DAY_MS);
    const opens = [...range(0, 149), ...range(500, 699)].map((i) => day - 701 * DAY_MS + i * DAY_MS);
    const server = await serveRest(byTime(bars(opens, DAY_MS)));
    const [from = 0, to = 0] = [opens[0], opens.at(-1)];
    const { events, lacking } = await fill(server, 'cm', { ...hours, interval: '1d', from, to });
    expect(opensOf(events)).toEqual(opens);
    expect(lacking).toBeUndefined();
    expect(klineQuestions(server).length).toBeGreaterThan(3);
    for (const { query } of klineQuestions(server)) {
      expect(Number(query.endTime) - Number(query.startTime)).toBeLessThanOrEqual(200 * DAY_MS);
    }
  });

  it('months, which have no fixed length', async () => {
    const opens = range(0, 11).map((month) => Date.UTC(2025, month, 1));
    const rows = opens.map((open, month) => bars([open], Date.UTC(2025, month + 1, 1) - open)[0] ?? []);
    const server = await serveRest(byTime(rows));
    const request = { ...hours, interval: '1mo', from: opens[0] ?? 0, to: opens[11] ?? 0 };
    const { events, lacking } = await fill(server, 'spot', request);
    expect([opensOf(events), lacking]).toEqual([opens, undefined]);
    expect(klineQuestions(server)).toHaveLength(1);
  });

  it('an interval that does not exist is refused without asking', async () => {
    const server = await serveRest(() => ({ body: [] }));
    await expect(fill(server, 'spot', { ...hours, interval: '7m', from: 0, to: 1 })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
    });
    expect(server.questions).toEqual([]);
  });
});

describe.skipIf(!hasData)('backfill from recorded answers (needs ../shared/data)', () => {
  it('candles: 1,467 closed bars of two pages join without a double one; the gap of 2020-06-28 is there', async () => {
    const rows = ['startTime=1588280400000', 'startTime=1591880400000'].flatMap((start) =>
      listOf(restAnswer('/api/v3/klines', 'interval=1h', start).data),
    );
    const server = await serveRest(byTime(rows));
    const [from, to] = [1588280400000, Number(rows.at(-2)?.[0])];
    const { pages, events, lacking } = await fill(server, 'spot', {
      ...{ type: 'klines', symbol: 'BTCUSDT', interval: '1h', from, to },
    });
    expect([pages, lacking]).toEqual([[999, 468], undefined]);
    const opens = opensOf(events);
    const steps = opens.slice(1).map((open, i) => open - (opens[i] ?? 0));
    expect(steps.filter((step) => step !== HOUR)).toEqual([4 * HOUR]);
    expect(opens[steps.indexOf(4 * HOUR)]).toBe(Date.UTC(2020, 5, 28, 1));
  });

  it('aggTrades: 1,000 recorded rows in pages of 300 are 1,000 rows', async () => {
    const rows = listOf(restAnswer('/api/v3/aggTrades', 'fromId=202790190').data);
    const server = await serveRest(({ query }) => ({
      body: rows.filter((row) => Number(idIn(row)) >= Number(query.fromId)).slice(0, 300),
    }));
    const request = { type: 'aggTrades', symbol: 'BTCUSDT', fromId: 202790190, toId: 202791189 } as const;
    const { pages, events, lacking } = await fill(server, 'spot', request);
    expect([pages, lacking]).toEqual([[300, 300, 300, 100], undefined]);
    expect(idsOf(events)).toEqual(range(202790190, 202791189));
  });
});

function listOf(value: unknown): unknown[][] {
  return Array.isArray(value) ? value : [];
}

function idIn(row: object): unknown {
  return 'a' in row ? row.a : undefined;
}
