import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../sdk/typescript/src/batch.ts';
import { RowIterator } from '../../sdk/typescript/src/row-iterator.ts';
import { renderKline } from '../../src/market/binance/record/kline.ts';
import { renderTrade } from '../../src/market/binance/record/trade.ts';
import { numberedLine } from './speed/lines.ts';

const SESSION = 's1';

function rowLine(topic: string, seq: number, data: string): string {
  return `{"session_id":"${SESSION}","topic":"aegis.${SESSION}.${topic}","ts":${1_767_225_600_000 + seq},"seq":${seq},"data":${data}}\n`;
}

/** What JSON.parse makes of the same lines. */
function parsed(lines: readonly string[]): unknown[] {
  return lines.map((line) => {
    const { topic, ts, seq, data } = JSON.parse(line);
    return { topic, ts, seq, data };
  });
}

function read(lines: readonly string[]): unknown[] {
  const batch = new Batch(Buffer.from(lines.join('')), { seq: JSON.parse(lines[0] ?? '{"seq":0}').seq });
  return [...batch].map(({ topic, ts, seq, data }) => ({ topic: topic.full, ts, seq, data }));
}

const decimal = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.nat({ max: 19 })).map(([digits, places]) => {
  const text = digits.toString().padStart(places + 1, '0');
  const whole = text.slice(0, text.length - places);
  return places === 0 ? whole : `${whole}.${text.slice(text.length - places)}`;
});

describe('rows on the TypeScript SDK', () => {
  it('have the very numbers that JSON.parse gives, however many digits they have', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(decimal, decimal, fc.boolean(), fc.nat()), { minLength: 2 }), (rows) => {
        const lines = rows.map(([price, qty, isBuyerMaker, id], seq) =>
          rowLine('trades.BTCUSDT', seq, renderTrade({ id, price, qty, quoteQty: `-${qty}`, time: id, isBuyerMaker })),
        );
        expect(read(lines)).toEqual(parsed(lines));
      }),
    );
  });

  it('of several topics and types are told apart', () => {
    const kline = { openTime: 1, closeTime: 2, count: 3, open: '4.5', high: '5', low: '3.25', close: '4', volume: '0' };
    const bar = { ...kline, quoteVolume: '0.5', takerBuyVolume: '1', takerBuyQuoteVolume: '2' };
    const lines = Array.from({ length: 40 }, (_, index) => [
      rowLine('klines.BTCUSDT.1m', 5 * index, renderKline(bar)),
      rowLine('klines.ETHUSDT.5m', 5 * index + 1, renderKline({ ...bar, closeTime: index })),
      rowLine(
        'klineUpdates.BTCUSDT.1m',
        5 * index + 2,
        `${renderKline(bar).slice(0, -1)},"closed":${index % 2 === 0}}`,
      ),
      rowLine('bookDepth.BTCUSDT', 5 * index + 3, `{"timestamp":9,"percentage":-0.2,"depth":12.5,"notional":1e+3}`),
      rowLine('orderBook.BTCUSDT.100ms', 5 * index + 4, `{"last_update_id":1,"bids":[{"price":1}],"asks":[]}`),
    ]).flat();
    expect(read(lines)).toEqual(parsed(lines));
  });

  it('of another form are read as well: more fields, other order, escapes, no numbers', () => {
    const usual = `{"id":1,"price":2.5,"qty":3,"quote_qty":4,"time":5,"is_buyer_maker":true}`;
    const others = [
      `{"id":1,"price":2.5,"qty":3,"quote_qty":4,"time":5,"is_buyer_maker":true,"best":false}`,
      `{"price":2.5,"id":1,"qty":3,"quote_qty":4,"time":5,"is_buyer_maker":true}`,
      `{"id":1,"price":null,"qty":3,"quote_qty":4,"time":5,"is_buyer_maker":"a\\"b}é"}`,
      `{}`,
      `{"id":1,"price":1e-7,"qty":3,"quote_qty":4,"time":5,"is_buyer_maker":false}`,
    ];
    const data = others.flatMap((other) => [usual, other]);
    const lines = data.map((each, seq) => rowLine('trades.BTCUSDT', seq, each));
    expect(read(lines)).toEqual(parsed(lines));
    const plain = lines.map((line) => line.replace(/"seq":\d+,/, ''));
    expect(read(plain)).toEqual(parsed(lines));
  });

  it('of another session after the first one are read', () => {
    const lines = [0, 1, 2].map(numberedLine);
    const other = lines.map((line) => line.replaceAll('scripted', 'a-longer-session-id'));
    expect(
      read([...lines, ...other.map((line) => line.replace(/"seq":(\d)/, (_, n) => `"seq":${Number(n) + 3}`))]),
    ).toHaveLength(6);
    expect(read(other)).toEqual(parsed(other));
    expect(read(lines)).toEqual(parsed(lines));
  });

  it('come one by one from an iterator, also when they are asked for at once; a break ends the batches', async () => {
    let ended = false;
    async function* batches() {
      try {
        yield new Batch(Buffer.from([0, 1].map(numberedLine).join('')), { seq: 0 });
        yield new Batch(Buffer.from([2, 3].map(numberedLine).join('')), { seq: 2 });
      } finally {
        ended = true;
      }
    }
    const all = new RowIterator(batches());
    const steps = await Promise.all(Array.from({ length: 5 }, () => all.next()));
    expect(steps.map(({ done, value }) => (done === true ? 'end' : value?.seq))).toEqual([0, 1, 2, 3, 'end']);
    ended = false;
    for await (const row of new RowIterator(batches())) if (row.seq === 1) break;
    expect(ended).toBe(true);
  });
});
