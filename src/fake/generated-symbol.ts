import type { Market } from '../model/market.ts';
import { FakeBook } from './book/fake-book.ts';
import type { MarketClock } from './clock.ts';
import type { FakeSymbol } from './fake-symbol.ts';
import { BookFeed } from './feed/book-feed.ts';
import { KlineFeed } from './feed/kline-feed.ts';
import type { Publisher } from './feed/publisher.ts';
import { TradeFeed } from './feed/trade-feed.ts';
import { Payloads } from './frames/payloads.ts';
import { AlteredMarket } from './market/altered-market.ts';
import { GeneratedMarket } from './market/generated-market.ts';
import { depthBody } from './rest/depth-body.ts';

export interface GeneratedSymbolOptions {
  readonly market: Market;
  readonly symbol: string;
  readonly seed: number;
  /** Trades per second of market time. */
  readonly rate: number;
  /** Unix ms. */
  readonly listed: number;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
}

/** A symbol whose trades and book are invented. */
export function generatedSymbol(options: GeneratedSymbolOptions): FakeSymbol {
  const { market, symbol, seed, listed, clock, publisher } = options;
  const invented = { market, symbol, seed, rate: options.rate, listed };
  const generated = new GeneratedMarket(invented);
  const trades = new AlteredMarket(generated);
  const payloads = new Payloads(trades);
  const bidAt = (ms: number): number => generated.bidAt(ms);
  const now = clock.now();
  const book = new FakeBook({
    market,
    name: `${seed}/${market}/${symbol}/book`,
    // Grows with time: a server that starts again goes on above the ids it has given.
    firstId: Math.floor(now) * 100,
    bid: bidAt(now),
    qtyScale: trades.scale.qty,
  });
  const shared = { market: trades, payloads, clock, publisher };
  const tradeFeed = new TradeFeed(shared);
  const bookFeed = new BookFeed({ book, bidAt, market, symbol, payloads, clock, publisher });
  return {
    trades,
    invented,
    listed,
    feeds: [tradeFeed, new KlineFeed(shared), bookFeed],
    get nextAggId() {
      return tradeFeed.nextAggId;
    },
    depth: (limit) => depthBody({ market, symbol, payloads, ...bookFeed.snapshot(limit) }),
  };
}
