import type { Interval } from '../../model/market.ts';
import type { AlteredMarket } from '../market/altered-market.ts';
import { barOpen } from '../market/bars.ts';
import { CandleBuilder } from '../market/candle-builder.ts';
import { lastPriceBefore } from '../market/candles.ts';

export interface LiveBarOptions {
  readonly market: AlteredMarket;
  readonly interval: Interval;
  /** How often an open bar is shown, ms of market time. */
  readonly pushMs: number;
}

/** A long bar that somebody subscribes to late in its life is caught up with over several calls. */
const TRADES_AT_ONCE = 20_000;

/** The open bar of one interval, always up to date. */
export class LiveBar {
  readonly #options: LiveBarOptions;
  #bar: CandleBuilder | undefined;
  #nextTrade = 0;
  #nextPush = 0;

  constructor(options: LiveBarOptions) {
    this.#options = options;
  }

  /** Takes in what has happened until a time, unix µs, and shows the bar when it is due or closed. */
  advance(nowUs: number, show: (bar: CandleBuilder, closed: boolean) => void): void {
    const { market, interval, pushMs } = this.#options;
    let bar = this.#bar ?? this.#begin(barOpen(nowUs / 1_000, interval));
    const end = market.tradeIdAt(nowUs + 1);
    const until = Math.min(end, this.#nextTrade + TRADES_AT_ONCE);
    for (; this.#nextTrade < until; this.#nextTrade++) {
      const trade = market.trade(this.#nextTrade);
      if (trade === undefined) continue;
      while (trade.timeUs >= bar.end * 1_000) bar = this.#close(bar, show);
      bar.add(trade);
    }
    this.#bar = bar;
    if (until < end) return;
    while (nowUs >= bar.end * 1_000) bar = this.#close(bar, show);
    if (nowUs < this.#nextPush * 1_000) return;
    this.#nextPush = (Math.floor(nowUs / 1_000 / pushMs) + 1) * pushMs;
    show(bar, false);
  }

  #begin(openTime: number): CandleBuilder {
    const { market, interval } = this.#options;
    this.#nextTrade = market.tradeIdAt(openTime * 1_000);
    return new CandleBuilder(market, interval, openTime, lastPriceBefore(market, this.#nextTrade));
  }

  #close(bar: CandleBuilder, show: (bar: CandleBuilder, closed: boolean) => void): CandleBuilder {
    show(bar, true);
    const { market, interval } = this.#options;
    const next = new CandleBuilder(market, interval, bar.end, bar.close);
    this.#bar = next;
    return next;
  }
}
