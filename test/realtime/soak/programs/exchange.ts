import { crc32 } from 'node:zlib';
import { FakeExchange } from '../../../../src/fake/fake-exchange.ts';
import { renderAggTrade } from '../../../../src/market/binance/record/agg-trade.ts';
import { renderKline } from '../../../../src/market/binance/record/kline.ts';
import { renderTrade } from '../../../../src/market/binance/record/trade.ts';
import { INTERVAL_MS, isInterval } from '../../../../src/model/market.ts';
import { parseTopic } from '../../../../src/model/topic.ts';
import type { Answer, Ask, Numbered, TrueRow } from '../exchange-messages.ts';

/** The fake exchange in a process of its own. It misbehaves over HTTP; what really happened is asked over the channel. */
let exchange: FakeExchange | undefined;

process.on('message', (message: Numbered<Ask>) => void reply(message));
process.on('disconnect', () => process.exit(0));

async function reply({ id, ask }: Numbered<Ask>): Promise<void> {
  try {
    process.send?.({ id, answer: await answer(ask) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
}

async function answer(ask: Ask): Promise<Answer> {
  if (ask.type === 'start') {
    const { type: _, ...options } = ask;
    exchange = await FakeExchange.start(options);
    return { type: 'started', url: exchange.url };
  }
  if (exchange === undefined) throw new Error('it has not been started');
  if (ask.type === 'rows') return { type: 'rows', rows: await rows(exchange, ask.topic, ask.from, ask.to) };
  const { stats, symbols, truth, clock } = exchange;
  const frames = Object.values(stats.frames).reduce((sum, count) => sum + count, 0);
  const last = Object.fromEntries(symbols.map((symbol) => [symbol, truth.last(symbol)]));
  return { type: 'state', frames, last, now: clock.now(), longestPauseMs: stats.longestPauseMs };
}

async function rows({ truth }: FakeExchange, topic: string, from: number, to: number): Promise<TrueRow[]> {
  const { type, symbol, detail = '' } = parseTopic(topic);
  if (type === 'trades') return truth.trades(symbol, from, to).map((r) => row(r.id, r.time, renderTrade(r)));
  if (type === 'aggTrades') {
    return truth.aggTrades(symbol, from, to).map((r) => row(r.aggTradeId, r.transactTime, renderAggTrade(r)));
  }
  if (type !== 'klines' || !isInterval(detail)) throw new Error(`the truth of ${topic} is not told`);
  const bars = await truth.klines(symbol, detail, from, to + (INTERVAL_MS[detail] ?? 0));
  return bars.map((r) => row(r.openTime, r.closeTime, renderKline(r)));
}

/** The end of a row's envelope, as the component takes its checksum. */
function row(key: number, ts: number, json: string): TrueRow {
  return [key, crc32(`"ts":${ts},"data":${json}`)];
}
