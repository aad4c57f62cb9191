import type { MarketClock } from '../clock.ts';
import { lazyFrame } from '../frames/frame.ts';
import type { Payloads } from '../frames/payloads.ts';
import type { AlteredMarket } from '../market/altered-market.ts';
import type { FakeAggregate } from '../market/symbol-market.ts';
import type { Feed, Publisher } from './publisher.ts';

export interface TradeFeedOptions {
  readonly market: AlteredMarket;
  readonly payloads: Payloads;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
  /** The others come from elsewhere. Default: both. */
  readonly sends?: readonly ('trade' | 'aggTrade')[];
}

/** Sends `@trade` and `@aggTrade` of a symbol as the trades happen. */
export class TradeFeed implements Feed {
  readonly #options: TradeFeedOptions;
  readonly #tradeStream: string;
  readonly #aggStream: string;
  #next: number;

  constructor(options: TradeFeedOptions) {
    this.#options = options;
    const symbol = options.market.symbol.toLowerCase();
    this.#tradeStream = `${symbol}@trade`;
    this.#aggStream = `${symbol}@aggTrade`;
    this.#next = options.market.aggIdAt(options.clock.nowUs());
  }

  /** The next aggregate that will be sent: nobody has seen it yet. */
  get nextAggId(): number {
    return this.#next;
  }

  tick(): void {
    const { market, clock, publisher, sends = ['trade', 'aggTrade'] } = this.#options;
    const end = market.aggIdAt(clock.nowUs() + 1);
    const wantsTrades = sends.includes('trade') && publisher.wanted(this.#tradeStream);
    const wantsAggs = sends.includes('aggTrade') && publisher.wanted(this.#aggStream);
    if (wantsTrades || wantsAggs) {
      for (let id = this.#next; id < end; id++) {
        const aggregate = market.aggregate(id);
        if (aggregate === undefined) continue;
        if (wantsTrades) this.#sendTrades(aggregate);
        if (wantsAggs) this.#sendAggregate(aggregate);
      }
    }
    this.#next = Math.max(this.#next, end);
  }

  #sendTrades({ firstId, lastId, timeUs }: FakeAggregate): void {
    const { market, payloads, publisher, clock } = this.#options;
    const us = clock.shownUs();
    for (let id = firstId; id <= lastId; id++) {
      const trade = market.trade(id);
      if (trade !== undefined) {
        publisher.publish(lazyFrame(this.#tradeStream, id, (unit) => payloads.trade(trade, { us, unit })));
      } else if (market.spent.has(id)) {
        publisher.publish(
          lazyFrame(this.#tradeStream, id, (unit) => payloads.spentTrade({ id, timeUs }, { us, unit })),
        );
      }
    }
  }

  #sendAggregate(aggregate: FakeAggregate): void {
    const { payloads, publisher, clock } = this.#options;
    const us = clock.shownUs();
    publisher.publish(lazyFrame(this.#aggStream, aggregate.id, (unit) => payloads.aggTrade(aggregate, { us, unit })));
  }
}
