import { INTERVALS, type Interval } from '../../model/market.ts';
import type { MarketClock } from '../clock.ts';
import { lazyFrame } from '../frames/frame.ts';
import type { Payloads } from '../frames/payloads.ts';
import type { AlteredMarket } from '../market/altered-market.ts';
import { apiName } from '../market/bars.ts';
import type { CandleBuilder } from '../market/candle-builder.ts';
import { LiveBar } from './live-bar.ts';
import type { Feed, Publisher } from './publisher.ts';

/** How often an open bar is sent, ms of market time. Source: the exchange's documentation; futures observed by others. */
const PUSH_MS = { spot: 2_000, um: 250, cm: 250 } as const;
const PUSH_SECONDS_MS = 1_000;

export interface KlineFeedOptions {
  readonly market: AlteredMarket;
  readonly payloads: Payloads;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
  /** Streams that come from elsewhere. */
  readonly except?: ReadonlySet<string | undefined>;
}

/** Sends `@kline_…` of a symbol: open bars now and then, each bar once more when it has closed. */
export class KlineFeed implements Feed {
  readonly #options: KlineFeedOptions;
  readonly #streams: readonly { readonly interval: Interval; readonly stream: string }[];
  readonly #bars = new Map<Interval, LiveBar>();

  constructor(options: KlineFeedOptions) {
    this.#options = options;
    const { market, symbol } = options.market;
    const intervals = INTERVALS.filter((interval) => market === 'spot' || interval !== '1s');
    this.#streams = intervals
      .map((interval) => ({ interval, stream: `${symbol.toLowerCase()}@kline_${apiName(interval)}` }))
      .filter(({ stream }) => options.except?.has(stream) !== true);
  }

  tick(): void {
    const { market, clock, publisher } = this.#options;
    for (const { interval, stream } of this.#streams) {
      if (!publisher.wanted(stream)) {
        this.#bars.delete(interval);
        continue;
      }
      const bar = this.#bars.get(interval) ?? new LiveBar({ market, interval, pushMs: this.#pushMs(interval) });
      this.#bars.set(interval, bar);
      bar.advance(clock.nowUs(), (candle, closed) => this.#send(stream, interval, candle, closed));
    }
  }

  #pushMs(interval: Interval): number {
    return interval === '1s' ? PUSH_SECONDS_MS : PUSH_MS[this.#options.market.market];
  }

  #send(stream: string, interval: Interval, candle: CandleBuilder, closed: boolean): void {
    const { payloads, publisher, clock } = this.#options;
    const us = clock.shownUs();
    // Taken now: the bar goes on changing while a frame may wait.
    const bar = { ...candle.candle(), ids: candle.ids };
    publisher.publish(
      lazyFrame(stream, bar.openTime, (unit) => payloads.kline(bar, { interval, closed }, { us, unit })),
    );
  }
}
